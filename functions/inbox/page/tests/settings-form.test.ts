import { expect, test, vi } from 'vitest'
import { ApiError, Unreachable } from '../src/api/errors.ts'
import { t } from '../src/messages/settings.ts'
import { Command } from '../src/settings/command.svelte.ts'
import { Form } from '../src/settings/form.svelte.ts'

const refusal = (status: number, body: object) => new ApiError(new Response(null, { status }), body)

function form(answer: () => Promise<void>) {
  const sent: object[] = []
  const it = new Form({ name: 'A shop', days: null as number | null }, {
    prefix: 'settings.',
    store: async (_, changed) => {
      sent.push(changed)
      await answer()
    },
  })
  return { form: it, sent }
}

test('only what was changed is sent, and then it is saved', async () => {
  const { form: it, sent } = form(async () => {})
  expect(it.isDirty).toBe(false)
  it.values.days = 7
  expect(it.isDirty).toBe(true)
  expect(await it.save()).toBe(true)
  expect(sent).toEqual([{ days: 7 }])
  expect([it.isDirty, it.isSaved]).toEqual([false, true])
  expect(await it.save()).toBe(false)
  expect(sent).toHaveLength(1)
})

test('a refusal stands at its field until that is changed, and nothing typed is lost', async () => {
  const { form: it } = form(() => Promise.reject(refusal(400, { detail: 'Too many days.', attr: 'settings.days' })))
  it.values.days = 999
  it.values.name = 'Another'
  expect(await it.save()).toBe(false)
  expect(it.faultOf('days')).toBe('Too many days.')
  expect([it.faultOf('name'), it.trouble]).toEqual([null, null])
  expect(it.values).toEqual({ name: 'Another', days: 999 })
  it.values.days = 9
  expect(it.faultOf('days')).toBeNull()
})

test.each([
  [new Unreachable(null), t.settings.refused.unreachable],
  [refusal(403, { detail: 'Forbidden' }), t.settings.refused.forbidden],
  [refusal(404, {}), t.settings.refused.gone],
  [refusal(409, { code: 'last_admin' }), t.settings.refused.lastAdmin],
  [refusal(412, {}), t.settings.refused.overtaken],
  [refusal(503, {}), t.settings.refused.busy],
  [refusal(400, { detail: 'No.', attr: 'other' }), 'No.'],
])('what no field is to blame for is said in words: %s', async (error, words) => {
  const { form: it } = form(() => Promise.reject(error))
  it.values.name = 'Another'
  await it.save()
  expect(it.trouble).toBe(words)
  expect(it.values.name).toBe('Another')
})

test('what is typed while the desk has not answered stays', async () => {
  const { form: it } = form(async () => void (it.values.name = 'Typed since'))
  it.values.days = 7
  await it.save()
  expect(it.values).toEqual({ name: 'Typed since', days: 7 })
  expect(it.changed).toEqual({ name: 'Typed since' })
})

test('a press that got no answer is tried again under the same key, another one is not', async () => {
  const keys: (string | null)[] = []
  const statuses = [503, 200, 400, 200]
  vi.stubGlobal('fetch', (_: string, { headers }: { headers: Record<string, string> }) => {
    keys.push(headers['Idempotency-Key'] ?? null)
    return Promise.resolve(new Response('{}', { status: statuses.shift() ?? 200 }))
  })
  const command = new Command()
  const make = { method: 'POST', path: 'http://desk.test/', body: { label: 'one' } } as const
  expect(await command.run(make)).toBeUndefined()
  expect(await command.run(make)).toBeDefined()
  await command.run(make)
  await command.run(make)
  vi.unstubAllGlobals()
  expect(keys[0]).toBe(keys[1])
  expect(new Set(keys).size).toBe(3)
})
