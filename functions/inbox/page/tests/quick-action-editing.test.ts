import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { QuickAction } from '../src/api/types.ts'
import { emptyForm } from '../src/composer/actions.ts'
import { Editing } from '../src/composer/editing.svelte.ts'
import type { Desk } from '../src/state/desk.svelte.ts'

const desk = { project: { id: 1 }, me: { id: 1 }, path: (rest: string) => `http://desk/${rest}` } as unknown as Desk
let sent: { key: string | null; body: string }[]
let answers: (() => Promise<Response>)[]

beforeEach(() => {
  sent = []
  answers = []
  vi.stubGlobal('fetch', (_: string, { headers, body }: RequestInit) => {
    sent.push({ key: new Headers(headers).get('Idempotency-Key'), body: String(body) })
    return (answers.shift() ?? (() => Promise.resolve(new Response('{}'))))()
  })
})
afterEach(() => vi.unstubAllGlobals())

const written = () => emptyForm({ name: 'Thanks', content: 'Thank you!' })

test('a form is unsaved once it is other than it began', async () => {
  const editing = new Editing(desk, emptyForm({ content: 'From the draft' }))
  expect(editing.isDirty).toBe(false)
  editing.form!.name = 'Thanks'
  expect(editing.isDirty).toBe(true)
  editing.form!.name = ' '
  expect(editing.isDirty).toBe(false)
  editing.form!.tags = ['vip']
  editing.discard()
  expect([editing.form, editing.isDirty]).toEqual([null, false])
})

test('one press saves once, and what is being saved is not sent again', async () => {
  const editing = new Editing(desk, written())
  const saving = editing.save()
  expect(await editing.save()).toBe(false)
  expect([await saving, editing.form, sent.length]).toEqual([true, null, 1])
})

test('the same form goes again under the same key until the desk has answered, and another one under its own', async () => {
  const editing = new Editing(desk, written())
  answers = [() => Promise.reject(new TypeError('no network')), () => Promise.resolve(new Response('{}', { status: 503 }))]
  expect([await editing.save(), await editing.save()]).toEqual([false, false])
  editing.form!.name = 'Many thanks'
  answers = [() => Promise.resolve(new Response('{"detail":"No."}', { status: 400 }))]
  expect([await editing.save(), editing.fault]).toEqual([false, 'No.'])
  expect(await editing.save()).toBe(true)
  const keys = sent.map(({ key }) => key)
  expect(keys[0]).toBe(keys[1])
  expect(new Set(keys).size).toBe(3)
})

test('a change goes with what the agent was shown, under a key too', async () => {
  const editing = new Editing(desk)
  editing.start(written(), { action: { short_id: 'abc', name: 'Thanks' } as QuickAction, tag: '"1"' })
  answers = [() => Promise.resolve(new Response('{"detail":"Changed."}', { status: 412 }))]
  expect([await editing.save(), editing.isOvertaken, editing.form !== null]).toEqual([false, true, true])
  expect([await editing.save(true), sent.every(({ key }) => key !== null)]).toEqual([true, true])
})
