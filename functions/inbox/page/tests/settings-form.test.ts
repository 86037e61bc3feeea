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
  [refusal(409, { code: 'request_in_progress' }), t.settings.refused.stillRunning],
  [refusal(409, { code: 'mail_refused', detail: 'SES says no.' }), 'SES says no.'],
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

function shared(saved: { name: string; days: number | null; tags: string[] }) {
  const desk = { ...saved }
  const it = new Form(saved, {
    read: async () => structuredClone(desk),
    inWords: (name, value) => (name === 'days' && value === null ? 'never' : undefined),
    store: async (_, changed) => void Object.assign(desk, changed),
  })
  return { form: it, desk }
}

test('what somebody else set meanwhile is not overwritten without a word', async () => {
  const { form: it, desk } = shared({ name: 'A shop', days: 7, tags: ['a'] })
  it.values.name = 'Mine'
  Object.assign(desk, { name: 'Theirs', days: 9 })
  expect(await it.save()).toBe(false)
  expect([it.trouble, it.isSaving, it.isSaved]).toEqual([t.settings.meanwhile.notSaved, false, false])
  expect(it.meanwhileOf('name')).toMatchObject({ theirs: '“Theirs”', mine: '“Mine”' })
  expect(it.meanwhileOf('days'), 'nothing was changed there').toBeNull()
  expect(await it.save(), 'the choice is not passed over').toBe(false)
  expect(desk.name).toBe('Theirs')

  it.meanwhileOf('name')?.setAnyway()
  await vi.waitFor(() => expect(it.isSaved).toBe(true))
  expect([desk.name, it.isDirty, it.trouble, it.meanwhileOf('name')]).toEqual(['Mine', false, null, null])
})

test('theirs can be taken, field by field', async () => {
  const { form: it, desk } = shared({ name: 'A shop', days: 7, tags: ['a'] })
  Object.assign(it.values, { name: 'Mine', days: 1, tags: ['b'] })
  Object.assign(desk, { name: 'Theirs', days: null, tags: ['b'] })
  expect(await it.save()).toBe(false)
  expect(it.meanwhileOf('days')).toMatchObject({ theirs: 'never', mine: '“1”' })
  expect(it.meanwhileOf('tags'), 'both want the same').toBeNull()
  it.meanwhileOf('name')?.setAnyway()
  it.meanwhileOf('days')?.takeTheirs()
  await vi.waitFor(() => expect(it.trouble).toBeNull())
  expect([it.values, desk.name]).toEqual([{ name: 'Mine', days: null, tags: ['b'] }, 'Theirs'])
  expect(await it.save()).toBe(true)
  expect(desk).toEqual({ name: 'Mine', days: null, tags: ['b'] })
})

test('discarding shows what somebody else set', async () => {
  const { form: it, desk } = shared({ name: 'A shop', days: 7, tags: [] })
  it.values.name = 'Mine'
  desk.name = 'Theirs'
  await it.save()
  it.discard()
  expect([it.values.name, it.isDirty, it.trouble, it.meanwhileOf('name')]).toEqual(['Theirs', false, null, null])
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
