import { expect, test } from 'vitest'
import { describe as say, reverse } from '../src/state/changes.ts'
import { meanwhile } from '../src/thread/activity.ts'
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

test('who has changed it meanwhile is said in words', () => {
  const now = Date.parse('2026-11-29T16:00:00Z')
  const team = { members: [], roles: [] }
  const ben = { changed_by: { type: 'user', id: '7', name: 'Ben' }, changed_at: '2026-11-29T15:57:00Z' }
  expect(meanwhile({ ...ben, field: 'status', value: 'on_hold' }, team, now)).toBe('Ben set On hold 3m ago.')
  expect(meanwhile({ ...ben, field: 'tags', value: ['a'], changed_at: '2026-11-29T15:59:30Z' }, team, now)).toBe('Ben changed the tags just now.')
  expect(meanwhile({ field: 'status', value: 'on_hold' }, team, now)).toBe(null)
})
