import { expect, test } from 'vitest'
import { isQuiet, look, newsOf } from '../src/notify/news.ts'
import { isShared, known, toShare } from '../src/state/shared-preferences-rules.ts'
import { ticket } from './ticket.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const whose = { me: 1, roles: [{ id: 'r', name: 'Billing', members: [1] }, { id: 's', name: 'Sales', members: [2] }] }
const mine = { assignee: { type: 'user' as const, id: 1 } }
const seen = { unread: 0, isAtRisk: false }

test('a new ticket that nobody has is news once', () => {
  const fresh = ticket(1, { unread_team_count: 1 })
  expect(newsOf(fresh, undefined, whose, now)).toBe('unassigned')
  expect(newsOf({ ...fresh, unread_team_count: 2 }, look(fresh, now), whose, now)).toBeNull()
})

test('a message is news on my tickets and my roles’, not on others’', () => {
  expect(newsOf(ticket(1, { ...mine, unread_team_count: 1 }), seen, whose, now)).toBe('message')
  expect(newsOf(ticket(1, { assignee: { type: 'role', id: 'r' }, unread_team_count: 1 }), seen, whose, now)).toBe('message')
  expect(newsOf(ticket(1, { assignee: { type: 'role', id: 's' }, unread_team_count: 1 }), seen, whose, now)).toBeNull()
  expect(newsOf(ticket(1, { assignee: { type: 'user', id: 2 }, unread_team_count: 1 }), seen, whose, now)).toBeNull()
  expect(newsOf(ticket(1, { ...mine, unread_team_count: 1 }), { unread: 1, isAtRisk: false }, whose, now)).toBeNull()
})

test('a deadline of mine that comes near is news once', () => {
  const near = ticket(1, { ...mine, sla: { state: 'on_track', due_at: '2026-11-29T12:30:00Z' } })
  expect(newsOf(near, seen, whose, now)).toBe('at_risk')
  expect(newsOf(near, look(near, now), whose, now)).toBeNull()
  expect(newsOf(near, undefined, whose, now)).toBeNull()
  expect(newsOf({ ...near, assignee: { type: 'role', id: 'r' } }, seen, whose, now)).toBeNull()
})

test('what is asleep is silent', () => {
  const asleep = ticket(1, { ...mine, unread_team_count: 1, snoozed_until: '2026-11-30T12:00:00Z' })
  expect(newsOf(asleep, seen, whose, now)).toBeNull()
  expect(newsOf({ ...asleep, snoozed_until: null }, seen, whose, now)).toBe('message')
})

test('quiet hours may go past midnight', () => {
  const hours = { sound: true, volume: 1, desktop: true, text: true, quietFrom: '22:00', quietTo: '07:30' }
  const at = (time: string) => isQuiet(hours, new Date(`2026-11-29T${time}:00`))
  expect(['22:00', '03:00', '07:29', '07:30', '12:00', '21:59'].map(at)).toEqual([true, true, true, false, false, false])
  expect(isQuiet({ ...hours, quietFrom: null }, new Date('2026-11-29T23:00:00'))).toBe(false)
  expect(isQuiet({ ...hours, quietFrom: '09:00', quietTo: '10:00' }, new Date('2026-11-29T09:30:00'))).toBe(true)
})

test('of the desk’s preferences only known ones of their kind are taken', () => {
  const own = { theme: 'system', listWidth: 400, takeNext: false, notifications: { sound: false, volume: 0.5 } } as never
  const said = { theme: 'dark', listWidth: 900, takeNext: 'yes', later: 1, notifications: { sound: true } }
  expect(known(said, own)).toEqual({ theme: 'dark', notifications: { sound: true, volume: 0.5 } })
  expect(isShared('recent')).toBe(false)
  expect(toShare({ listWidth: 380 })).toBe(false)
  expect(toShare({ listWidth: 380, theme: 'dark' })).toBe(true)
})
