import { expect, test } from 'vitest'
import { describe as say, putsAside, reverse } from '../src/state/changes.ts'
import { overtaken } from '../src/state/overtaken.ts'
import { ticket } from './ticket.ts'

test('a change backwards restores exactly what it touched', () => {
  const before = ticket(1, { status: 'open', tags: ['a'], assignee: { type: 'user', id: 2, user: null, role: null } })
  expect(reverse(before, { status: 'resolved', assignee: null })).toEqual({ status: 'open', assignee: { type: 'user', id: 2 } })
  expect(reverse(before, { tags: ['a', 'b'], priority: 'high', snoozed_until: '2026-12-01T00:00:00Z' })).toEqual({
    tags: ['a'],
    priority: null,
    snoozed_until: null,
  })
})

test('a change is said in words', () => {
  const ben = { id: 7, email: 'ben@example.com', first_name: 'Ben', access: 'agent' as const }
  expect(say({ status: 'on_hold' }, [], [])).toBe('Set to On hold')
  expect(say({ assignee: { type: 'user', id: 7 } }, [ben], [])).toBe('Assigned to Ben')
  expect(say({ assignee: null }, [], [])).toBe('Assigned to nobody')
})

test('why something was not undone is said in words', () => {
  const now = Date.parse('2026-11-29T12:10:00Z')
  const by = { type: 'user', id: '7', name: 'Ben' }
  const say = (body: object) => overtaken(body as Record<string, unknown>, { members: [], roles: [], now })
  expect(say({ field: 'status', value: 'open', changed_by: by, changed_at: '2026-11-29T12:09:50Z' })).toBe('Ben set this to Open just now.')
  expect(say({ field: 'priority', value: null, changed_by: { type: 'workflow', id: 'w', name: null }, changed_at: '2026-11-29T12:07:00Z' })).toBe(
    'A workflow set this to No priority 3m ago.',
  )
  expect(say({ field: 'assignee', value: null, changed_by: null })).toBe('Someone set this to Nobody.')
  expect(say({ field: 'tags', value: ['a', 'b'], changed_by: by })).toBe('Ben set this to a, b.')
  expect(say({})).toBeNull()
})

test('a ticket is put aside when it is resolved, waits for the customer, or sleeps', () => {
  expect([{ status: 'resolved' as const }, { status: 'pending' as const }, { snoozed_until: '2026-12-01T00:00:00Z' }].every(putsAside)).toBe(true)
  expect([{ status: 'open' as const }, { snoozed_until: null }, { priority: 'high' as const }, {}].some(putsAside)).toBe(false)
})
