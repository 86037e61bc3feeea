import { expect, test } from 'vitest'
import { unlike } from '../src/sidebar/unlike.ts'
import { whatChanged, whoDid } from '../src/sidebar/activity.ts'
import { isInHours, presetAt, readField, writeField } from '../src/sidebar/later.ts'
import { inOrder, moved, SECTIONS } from '../src/sidebar/sections.ts'
import { sessionOf } from '../src/sidebar/session.ts'
import { earlierPolicies, partsOf, secondsOf, type Counted, type Explained } from '../src/sidebar/sla.ts'
import { ticket } from './ticket.ts'

const at = (time: string) => Date.parse(`2026-11-${time}Z`)
const window = (from: string, to: string) => ({ from: `2026-11-${from}Z`, to: `2026-11-${to}Z` })
const sum = (parts: { seconds: number }[]) => parts.reduce((total, { seconds }) => total + seconds, 0)

test('the parts of a running target add up to it, before and after now', () => {
  const counted: Counted = {
    state: 'running',
    target: { amount: 5, unit: 'hour' },
    earlier_seconds: 3_600,
    due_at: '2026-11-30T10:00:00Z',
    windows: [window('29T14:00:00', '29T16:00:00'), window('30T08:00:00', '30T10:00:00')],
    pauses: [],
  }
  const parts = partsOf(counted, at('29T15:30:00'))
  expect(parts.map(({ is, seconds }) => [is, seconds])).toEqual([
    ['earlier', 3_600],
    ['counted', 5_400],
    ['left', 1_800],
    ['left', 7_200],
  ])
  expect(sum(parts)).toBe(secondsOf(counted.target!))
  expect(sum(partsOf(counted, at('30T12:00:00')))).toBe(5 * 3_600)
})

test('while the clock is paused, the rest is left without a time', () => {
  const counted: Counted = {
    state: 'paused',
    target: { amount: 2, unit: 'hour' },
    earlier_seconds: 0,
    due_at: null,
    windows: [window('29T14:00:00', '29T14:30:00')],
    pauses: [{ from: '2026-11-29T14:30:00Z', to: null, status: 'pending' }],
  }
  const parts = partsOf(counted, at('29T20:00:00'))
  expect(parts.map(({ is, seconds, to }) => [is, seconds, to === null])).toEqual([['counted', 1_800, false], ['left', 5_400, true]])
  expect(partsOf({ state: 'not_waiting', target: { amount: 1, unit: 'day' } }, 0)).toEqual([])
})

test('only policies before the one that applies need a reason', () => {
  const policy = (name: string, applies: boolean) => ({ name, applies, unmet: null })
  const explained = { policies: [policy('VIP', false), policy('Billing', true), policy('All', false)] } as Explained
  expect(earlierPolicies(explained).map(({ name }) => name)).toEqual(['VIP'])
  const none = { policies: [policy('VIP', false)] } as Explained
  expect(earlierPolicies(none)).toHaveLength(1)
})

test('snoozing goes by the project’s clock, across a change to summer time too', () => {
  const sunday = at('29T12:00:00')
  expect(presetAt('hours', sunday, 'UTC').toISOString()).toBe('2026-11-29T15:00:00.000Z')
  expect(presetAt('tomorrow', sunday, 'Europe/Berlin').toISOString()).toBe('2026-11-30T08:00:00.000Z')
  expect(presetAt('monday', at('30T12:00:00'), 'UTC').toISOString()).toBe('2026-12-07T09:00:00.000Z')
  // In Auckland it is Monday already.
  expect(presetAt('tomorrow', sunday, 'Pacific/Auckland').toISOString()).toBe('2026-11-30T20:00:00.000Z')
  expect(presetAt('tomorrow', Date.parse('2026-03-28T12:00:00Z'), 'Europe/Berlin').toISOString()).toBe('2026-03-29T07:00:00.000Z')
})

test('a deadline’s usual times are hours ahead, or the project’s mornings', () => {
  const sunday = at('29T12:00:00')
  expect(presetAt('hour', sunday, 'Asia/Tokyo').toISOString()).toBe('2026-11-29T13:00:00.000Z')
  expect(presetAt('fourHours', sunday, 'UTC').toISOString()).toBe('2026-11-29T16:00:00.000Z')
  expect(isInHours('fourHours')).toBe(true)
  expect(isInHours('monday')).toBe(false)
})

test('a date field is written and read in a zone', () => {
  expect(writeField(at('29T23:30:00'), 'Europe/Berlin')).toBe('2026-11-30T00:30')
  expect(readField('2026-11-30T00:30', 'Europe/Berlin')?.toISOString()).toBe('2026-11-29T23:30:00.000Z')
  expect(readField('', 'UTC')).toBeNull()
})

test('sections keep their order, and a new one finds its place', () => {
  expect(inOrder([])).toEqual(SECTIONS)
  expect(inOrder(['activity', 'gone', 'properties'])).toEqual(['activity', 'properties', 'sla', 'customer', 'participants', 'session', 'previous'])
  expect(moved(SECTIONS, 'customer', 1, SECTIONS.filter((name) => name !== 'participants')).slice(2, 5)).toEqual(['session', 'participants', 'customer'])
  expect(moved(SECTIONS, 'sla', -1).slice(0, 2)).toEqual(['sla', 'properties'])
  expect(moved(SECTIONS, 'properties', -1)).toEqual(SECTIONS)
})

test('activity is told in words', () => {
  const ben = { id: 2, email: 'ben@example.com', first_name: 'Ben', access: 'agent' as const }
  const known = { members: [ben], roles: [{ id: 'r', name: 'Billing', members: [2] }], me: 1 }
  const changes = [
    { field: 'status', before: 'new', after: 'pending' },
    { field: 'tags', before: ['a'], after: ['b'] },
    { field: 'assignee', before: null, after: { type: 'role', id: 'r' } },
    { field: 'assignee', before: null, after: { type: 'user', id: 2 } },
    { field: 'escalation_reason', before: null, after: 'x' },
  ]
  expect(whatChanged({ changes } as never, known)).toEqual([
    'set the status from New to Pending',
    'added the tag b and removed the tag a',
    'assigned it to Billing',
    'assigned it to Ben',
    'changed escalation reason',
  ])
  expect(whoDid({ actor: { type: 'user', id: 2 as never } }, known)).toBe('Ben')
  expect(whoDid({ actor: { type: 'user', id: 1 as never } }, known)).toBe('You')
  expect(whoDid({ actor: { type: 'user', id: 9 as never } }, known)).toBe('A former member')
})

test('the session of the last message stands before the one that the ticket began in', () => {
  const context = { session_replay_url: 'https://replay.example/s1', current_url: 'https://shop.example/', empty: '', odd: 7 }
  expect(sessionOf(ticket(1, { session_id: 's2', first_session_id: 's1', session_context: context }))).toEqual([
    ['Session id', 's2'],
    ['First session id', 's1'],
    ['Replay', 'https://replay.example/s1'],
  ])
  expect(sessionOf(ticket(1, { session_id: 's1', first_session_id: 's1' }))).toEqual([['Session id', 's1']])
  expect(sessionOf(ticket(1, { session_id: null, first_session_id: 's1' }))).toEqual([['First session id', 's1']])
  expect(sessionOf(ticket(1, { session_id: 's2', first_session_id: null }))).toEqual([['Session id', 's2']])
  expect(sessionOf(ticket(1))).toEqual([])
})

test('what a trait says already, the person does not say again', () => {
  const person = { plan: 'Team', seats: 5, company: 'Polyana', since: null }
  expect(unlike(person, { plan: 'Team', seats: '5', company: 'Polyana GmbH' })).toEqual({ seats: 5, company: 'Polyana', since: null })
  expect(unlike(person, {})).toEqual(person)
})
