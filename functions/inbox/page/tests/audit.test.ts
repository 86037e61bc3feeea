import { expect, test } from 'vitest'
import type { Member, Role } from '../src/api/types.ts'
import { byObject, linesOf, type Words } from '../src/settings/audit/entries.ts'

const words: Words = { nothing: 'nothing', on: 'on', off: 'off', former: 'a former member', size: (bytes) => `${bytes} bytes`, fields: { conversations_enabled: 'conversations' }, values: { status: { on_hold: 'On hold' } } }
const team = {
  members: [{ id: 1, email: 'ada@example.com', first_name: 'Ada' }, { id: 2, email: 'ben@example.com', first_name: '' }] as Member[],
  roles: [{ id: 'r-1', name: 'Support', members: [] }] as unknown as Role[],
}
const line = (field: string, before: unknown, after: unknown) => {
  const found = linesOf({ changes: [{ field, before, after }] }, words, team)[0]
  return found && `${found.field}: ${found.before} > ${found.after}`
}

test('a change is said by its field’s name and both values', () => {
  expect(line('conversations_settings.reopen_within_days', 20, null)).toBe('reopen within days: 20 > nothing')
  expect(line('conversations_enabled', true, false)).toBe('conversations: on > off')
  expect(line('status', null, 'on_hold')).toBe('status: nothing > On hold')
  expect(line('name', 'Demo', 'Kestrel')).toBe('name: Demo > Kestrel')
})

test('members and roles have their names', () => {
  expect(line('members', [1], [1, 2])).toBe('members: Ada > Ada, ben@example.com')
  expect(line('user', null, 7)).toBe('user: nothing > a former member')
  expect(line('assignee', 'user:1', 'role:r-1')).toBe('assignee: Ada > Support')
  expect(line('hand_to', null, 'role:gone')).toBe('hand to: nothing > a former member')
  expect(line('reopen_within_days', 1, 2)).toBe('reopen within days: 1 > 2')
})

test('what was nothing and is nothing is left out', () => {
  expect(line('description', null, '')).toBeUndefined()
  expect(line('tags', null, [])).toBeUndefined()
})

test('what is large is said to be', () => {
  expect(line('content', null, { bytes: 9_002 })).toBe('content: nothing > 9002 bytes')
  expect(linesOf({ changes: [{ field: 'content', before: null, after: 'Hi,\n\nthere' }] }, words, team)[0]).toMatchObject({ isLong: true })
})

test('of what is nested only what differs is said, by the way to it', () => {
  const policy = (amount: number, time: unknown) => ({ name: 'All', targets: { first_response: { amount, unit: 'hour' } }, business_hours: { time } })
  const changes = [{ field: 'policies', before: [policy(4, ['09:00', '17:00'])], after: [policy(2, [['09:00', '12:00'], ['13:00', '17:00']]), { name: 'Rest' }] }]
  expect(linesOf({ changes }, words, team).map(({ field, before, after }) => `${field}: ${before} > ${after}`)).toEqual([
    'policies › All › targets › first response › amount: 4 > 2',
    'policies › All › business hours › time: 09:00, 17:00 > 09:00–12:00, 13:00–17:00',
    'policies › Rest › name: nothing > Rest',
  ])
  expect(line('rich_content', null, { type: 'doc' })).toBeUndefined()
})

test('actions are offered by what they are done to', () => {
  expect(byObject(['role.created', 'view.created', 'role.deleted'])).toEqual([['role', ['role.created', 'role.deleted']], ['view', ['view.created']]])
})
