import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Desk } from '../src/state/desk.svelte.ts'
import type { Editing } from '../src/workflows/editing.svelte.ts'

type Asked = { method: string; path: string; key: string | null; tag: string | null; body: unknown }
type Answer = { status?: number; body?: unknown; tag?: string }

const desk = { project: { id: 1, scopes: ['workflow:write'] } } as unknown as Desk
const STEP = { action: 'update_ticket', inputs: { status: 'pending' } }
const MADE = {
  id: 'w1', name: 'Mine', enabled: true, trigger: { event: '$conversation_ticket_created', filters: [] }, steps: [],
  created_at: '2026-11-29T10:00:00Z', updated_at: '2026-11-29T10:00:00Z',
}

let asked: Asked[] = []
let answers: (Answer | ((asked: Asked) => Answer))[] = []
let went: string[] = []
let make: () => Editing

// Where the focus goes is for the page's own tests.
vi.mock('../src/workflows/focus.ts', () => ({ focusCard: async () => {}, neighbour: () => null }))

beforeAll(async () => {
  const { Request: Known } = globalThis
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  vi.stubGlobal('document', { documentElement: { dataset: {} }, querySelector: () => null, querySelectorAll: () => [] })
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run))
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('location', { href: 'http://desk.test/inbox/1/workflows/new', origin: 'http://desk.test', hostname: 'desk.test', pathname: '/inbox/1/workflows/new', search: '', hash: '' })
  vi.stubGlobal('history', { state: null, replaceState: (_: unknown, __: string, to: string) => went.push(to) })
  vi.stubGlobal('Request', class extends Known {
    constructor(to: string, init?: RequestInit) {
      super(new URL(to, 'http://desk.test'), init)
    }
  })
  vi.stubGlobal('fetch', async (request: Request) => {
    const { method, headers } = request
    const now = { method, path: new URL(request.url).pathname, key: headers.get('Idempotency-Key'), tag: headers.get('If-Match'), body: method === 'GET' ? null : await request.json() }
    asked.push(now)
    const next = answers.shift() ?? { status: 500 }
    const { status = 200, body = {}, tag } = typeof next === 'function' ? next(now) : next
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...(tag && { ETag: tag }) } })
  })
  const module = await import('../src/workflows/editing.svelte.ts')
  make = () => {
    const edit = new module.Editing(desk, null)
    edit.name = 'Mine'
    return edit
  }
}, 120_000)
beforeEach(() => {
  asked = []
  answers = []
  went = []
})
afterAll(() => vi.unstubAllGlobals())

test('a new one is saved by one call, and its next save is held to the version that was made', async () => {
  const edit = make()
  edit.show()
  answers = [{ status: 201, body: MADE }]
  expect(await edit.save()).toBe(true)
  expect([edit.id, edit.isChanged, went]).toEqual(['w1', false, ['/inbox/1/workflows/w1']])

  edit.name = 'Renamed'
  answers = [{ status: 500 }]
  expect(await edit.save()).toBe(false)
  answers = [{ body: MADE, tag: '"1"' }, { body: { ...MADE, name: 'Renamed' }, tag: '"2"' }]
  expect(await edit.save()).toBe(true)
  expect(asked.map(({ method, tag }) => [method, tag])).toEqual([['POST', null], ['GET', null], ['GET', null], ['PATCH', '"1"']])
  expect(asked[3]?.key).not.toBe(asked[0]?.key)

  edit.enabled = false
  answers = [{ body: { ...MADE, name: 'Renamed', enabled: false }, tag: '"3"' }]
  expect(await edit.save()).toBe(true)
  expect(asked.slice(4).map(({ method, tag }) => [method, tag])).toEqual([['PATCH', '"2"']])
})

test('a new one that somebody else changed at once is not overwritten', async () => {
  const edit = make()
  edit.show()
  answers = [{ status: 201, body: MADE }]
  await edit.save()
  edit.enabled = false
  answers = [{ body: { ...MADE, name: 'Theirs' }, tag: '"2"' }]
  expect(await edit.save()).toBe(false)
  expect(edit.conflict).toMatchObject({ tag: '"2"', workflow: { name: 'Theirs' } })
  answers = [{ body: { ...MADE, enabled: false }, tag: '"3"' }]
  expect(await edit.saveMine()).toBe(true)
  expect(asked.at(-1)).toMatchObject({ method: 'PATCH', tag: '"2"' })
})

test('one that was deleted is made anew once, under one key, with what was typed meanwhile left unsaved', async () => {
  const edit = make()
  const leave = edit.show()
  answers = [{ status: 201, body: MADE }]
  await edit.save()
  edit.enabled = false
  answers = [{ status: 404 }]
  await edit.save()
  expect(edit.conflict).toBe('gone')

  answers = [{ status: 503 }]
  expect(await edit.saveNew()).toBe(false)
  expect(edit.id, 'its address is still the old one’s').toBe('w1')
  answers = [() => {
    edit.name = 'Typed meanwhile'
    leave()
    return { status: 201, body: { ...MADE, id: 'w2', enabled: false } }
  }]
  went = []
  const both = [edit.saveNew(), edit.saveNew()]
  expect(await Promise.all(both)).toEqual([true, false])
  const made = asked.slice(2)
  expect(made.map(({ method }) => method)).toEqual(['POST', 'POST'])
  expect(made[0]?.key).toBe(made[1]?.key)
  expect([edit.id, edit.isChanged, edit.name]).toEqual(['w2', true, 'Typed meanwhile'])
  expect(went, 'whoever has left is not brought back').toEqual([])
})

test('an answer that no tree can be drawn of is saved all the same', async () => {
  const edit = make()
  edit.show()
  answers = [{ status: 201, body: { ...MADE, steps: [{ later: true }] } }]
  expect(await edit.save()).toBe(true)
  expect([edit.id, edit.isChanged]).toEqual(['w1', false])
})

test('the JSON text follows the name, the switch and the steps', () => {
  const edit = make()
  edit.write(edit.jsonText.replace('"Mine"', '"Written"'))
  expect(edit.name).toBe('Written')
  edit.name = 'Named above'
  edit.enabled = false
  expect(JSON.parse(edit.jsonText)).toMatchObject({ name: 'Named above', enabled: false })
  edit.write(`${edit.jsonText} `)
  expect([edit.name, edit.enabled]).toEqual(['Named above', false])

  // A name that was changed while the text had a fault is not set back when that is mended.
  const whole = edit.jsonText
  edit.write(whole.slice(1))
  edit.name = 'Named meanwhile'
  edit.write(whole)
  expect([edit.name, JSON.parse(edit.jsonText).name]).toEqual(['Named meanwhile', 'Named meanwhile'])
})

test('a fault and an open card do not outlive the cards that the JSON replaces', () => {
  const edit = make()
  edit.write(JSON.stringify({ ...MADE, steps: [STEP] }))
  edit.open = edit.definition.steps[0]?.id ?? null
  edit.fault = { card: edit.open, place: 'steps[0].inputs.status', text: 'no' }
  edit.write(JSON.stringify({ ...MADE, steps: [STEP, STEP] }))
  expect([edit.open, edit.fault]).toEqual([null, null])
})

test('JSON with a fault that a change of the steps drops can be had back', async () => {
  const { undo } = await import('../src/state/undo.svelte.ts')
  const edit = make()
  edit.write('{ faulty')
  edit.setEvent('$conversation_message_received')
  expect(edit.json).toBe(null)
  expect(undo.run()).toBe(true)
  expect(edit.jsonText).toBe('{ faulty')
})

test('faulty JSON comes back with a step whose removal dropped it', async () => {
  const { undo } = await import('../src/state/undo.svelte.ts')
  const edit = make()
  edit.write(JSON.stringify({ ...MADE, steps: [STEP] }))
  edit.write('{ faulty')
  edit.removeStep(edit.definition.steps[0]?.id ?? '')
  expect([edit.definition.steps.length, edit.json]).toEqual([0, null])
  expect(undo.run()).toBe(true)
  expect([edit.definition.steps.length, edit.jsonText]).toEqual([1, '{ faulty'])
})

test('tags to add are named before anything is sent', async () => {
  const edit = make()
  edit.write(JSON.stringify({ ...MADE, steps: [STEP, { action: 'update_ticket', inputs: { tags: [], tags_mode: 'add' } }] }))
  expect(await edit.save()).toBe(false)
  expect(asked).toEqual([])
  const card = edit.definition.steps[1]?.id
  expect([edit.fault?.place, edit.fault?.card, edit.open]).toEqual(['steps[1].inputs.tags', card, card])
  edit.setInputs(card ?? '', { tags: ['vip'], tags_mode: 'add' })
  answers = [{ status: 201, body: MADE }]
  expect(await edit.save()).toBe(true)
})
