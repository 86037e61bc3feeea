import { expect, test } from 'vitest'
import { placeAfter } from '../src/list/controls.ts'
import { standingAt } from '../src/list/standing.ts'
import { plural } from '../src/messages/plural.ts'
import { age, countdown, span } from '../src/messages/time.ts'
import { keyOfAssignee, nameOfAssignee, readAssignee } from '../src/state/assignee.ts'
import { customerOf } from '../src/state/customer.ts'
import { pace } from '../src/state/pace.ts'
import { initialsOf } from '../src/ui/initials.ts'
import { ticket } from './ticket.ts'

test('a customer is the proved person, else what the browser said, else a visitor', () => {
  const person = { id: 'p', name: 'Ada', distinct_ids: [], properties: {}, created_at: '', is_identified: true }
  expect(customerOf(ticket(1, { person, anonymous_traits: { name: 'Eve' } }))).toBe('Ada')
  expect(customerOf(ticket(1, { anonymous_traits: { name: ' ', email: 'a@example.com' } }))).toBe('a@example.com')
  expect(customerOf(ticket(1, { distinct_id: '01890000-abcd' }))).toBe('Visitor abcd')
})

test('an assignee is written and read', () => {
  expect(readAssignee('user:7')).toEqual({ type: 'user', id: 7 })
  expect(readAssignee('role:0a:b')).toEqual({ type: 'role', id: '0a:b' })
  expect(readAssignee('nobody')).toBeNull()
  expect(keyOfAssignee({ type: 'role', id: 'x' })).toBe('role:x')
  const ben = { id: 7, email: 'ben@example.com', first_name: '', access: 'agent' as const }
  expect(nameOfAssignee({ type: 'user', id: 7, user: null, role: null }, [ben])).toBe('ben@example.com')
})

test('a deadline’s standing moves with the clock, not with the desk’s last word', () => {
  const due = Date.parse('2026-11-29T14:00:00Z')
  const one = ticket(1, { sla: { state: 'on_track', due_at: '2026-11-29T14:00:00Z' } })
  expect(standingAt(one, due - 3 * 3_600_000)).toBe('on_track')
  expect(standingAt(one, due - 3_600_000)).toBe('at_risk')
  expect(standingAt(one, due + 1)).toBe('breached')
  expect(standingAt(ticket(1, { sla: { state: 'paused' } }), due)).toBe('paused')
})

test('the desk is asked less often the less it is looked at', () => {
  const attention = { isVisible: true, isLeader: true, lastUsedAt: 0, hiddenSince: null, notifies: false }
  expect(pace(attention, 60_000, null)).toBe(5_000)
  expect(pace(attention, 10 * 60_000, null)).toBe(15_000)
  expect(pace(attention, 0, 30)).toBe(30_000)
  expect(pace(attention, 10 * 60_000, 5)).toBe(15_000)
  const hidden = { ...attention, isVisible: false, hiddenSince: 0 }
  expect(pace(hidden, 60_000, null)).toBe(60_000)
  expect(pace(hidden, 30 * 60_000, 30)).toBeNull()
  expect(pace({ ...attention, isLeader: false }, 60_000, 5)).toBe(60_000)
  expect(pace({ ...hidden, isLeader: false }, 60_000, 5)).toBeNull()
  expect(pace({ ...hidden, notifies: true }, 30 * 60_000, null)).toBe(60_000)
})

test('times are short', () => {
  const now = Date.parse('2026-11-29T12:00:00Z')
  expect([59, 60, 3_600, 86_400 * 3].map((seconds) => age(new Date(now - seconds * 1_000).toISOString(), now))).toEqual(['now', '1m', '1h', '3d'])
  expect([countdown(599), countdown(600), countdown(-61), countdown(-7_300)]).toEqual(['9:59', '10m', '−1:01', '−2h'])
  expect([span(-90), span(7_200), span(172_800)]).toEqual(['1m', '2h', '2d'])
})

test('plurals are the language’s', () => {
  const forms = { one: 'wiadomość', few: 'wiadomości', other: 'wiadomości (inne)' }
  expect([1, 2, 5].map((n) => plural('pl')(n, forms))).toEqual(['wiadomość', 'wiadomości', 'wiadomości (inne)'])
})

test('initials are of any script', () => {
  expect(['Ada Lovelace', 'Sam', '山田太郎', '–'].map(initialsOf)).toEqual(['AL', 'S', '山', '?'])
})

test('arrow keys lead from a row through its controls and back', () => {
  const steps = (isRightToLeft: boolean, ...keys: string[]) => keys.map((key) => placeAfter(key, 0, 2, isRightToLeft))
  expect([placeAfter('ArrowRight', -1, 2, false), placeAfter('ArrowRight', 1, 2, false)]).toEqual([0, null])
  expect(steps(false, 'ArrowRight', 'ArrowLeft', 'Escape', 'ArrowDown')).toEqual([1, -1, -1, null])
  expect(steps(true, 'ArrowRight', 'ArrowLeft')).toEqual([-1, 1])
  expect([placeAfter('ArrowLeft', -1, 2, false), placeAfter('Escape', -1, 2, false), placeAfter('ArrowRight', -1, 0, false)]).toEqual([null, null, null])
})
