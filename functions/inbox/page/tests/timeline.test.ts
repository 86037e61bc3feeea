import { expect, test } from 'vitest'
import type { Activity, Message } from '../src/api/types.ts'
import { inWords } from '../src/thread/activity.ts'
import { firstUnread, opensAt, timeline } from '../src/thread/timeline.ts'

const message = (id: string, at: string, given: Partial<Message> = {}): Message => ({
  id, content: id, author_type: 'customer', author_name: 'Ada', is_private: false, created_at: `2026-11-${at}:00.000000Z`, version: 0, attachments: [], has_html: false, ...given,
})
const change = (id: string, at: string, changes: object[] = []): Activity => ({
  id, activity: 'updated', actor: { type: 'user', id: 1 as never }, changes: changes as never, created_at: `2026-11-${at}:00.000000Z`,
})
const shape = (entries: ReturnType<typeof timeline>) => entries.map((entry) => (entry.is === 'gap' ? `gap ${entry.days}` : entry.is === 'message' ? entry.key : entry.is))

test('days, gaps, changes and what is new stand between the messages', () => {
  const messages = [message('a', '10T12:00'), message('b', '10T12:05'), message('c', '13T12:00'), message('d', '14T12:00')]
  const entries = timeline(messages, [change('x', '10T12:02')], 'c', false)
  expect(shape(entries)).toEqual(['day', 'a', 'change', 'b', 'gap 3', 'day', 'new', 'c', 'day', 'd'])
  expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length)
})

test('changes from before the first loaded message wait for it', () => {
  const entries = (hasEarlier: boolean) => shape(timeline([message('a', '10T12:00')], [change('x', '10T11:00')], null, hasEarlier))
  expect(entries(true)).toEqual(['day', 'a'])
  expect(entries(false)).toEqual(['day', 'change', 'a'])
})

test('only what the customer wrote is unread', () => {
  const messages = [
    message('a', '10T12:00'), message('b', '10T12:01'), message('r', '10T12:02', { author_type: 'support' }),
    message('c', '10T12:03'), message('n', '10T12:04', { is_private: true }),
  ]
  expect([0, 1, 2, 3, 9].map((count) => firstUnread(messages, count))).toEqual([null, 'c', 'b', 'a', 'a'])
})

test('a thread opens at what is new, else where it was left, else at its end', () => {
  expect(opensAt('m', 40)).toEqual({ is: 'new' })
  expect(opensAt(null, 0)).toEqual({ is: 'left', top: 0 })
  expect(opensAt(null, null)).toEqual({ is: 'end' })
})

test('a change is said in words', () => {
  const team = { members: [{ id: 1, email: 'ben@example.com', first_name: 'Ben', access: 'agent' as const }], roles: [] }
  const words = (...changes: object[]) => inWords(change('x', '10T12:00', changes), team)
  expect(words({ field: 'status', before: 'new', after: 'pending' }, { field: 'tags', before: ['a', 'b'], after: ['b', 'c'] })).toEqual({
    who: 'Ben', what: 'set Pending, tagged c, removed the tag a', workflow: null,
  })
  expect(words({ field: 'assignee', before: null, after: { type: 'user', id: 1 } })?.what).toBe('assigned Ben')
  expect(words({ field: 'assignee', before: null, after: { type: 'user', id: 9 } })?.what).toBe('assigned a former member')
  expect(words({ field: 'unheard-of', before: 1, after: 2 })).toBeNull()
  const byWorkflow = { actor: { type: 'workflow', id: 'w1' as never }, changes: [{ field: 'priority', before: null, after: 'high' }] as never }
  expect(inWords(byWorkflow, team)).toEqual({ who: 'A workflow', what: 'set priority High', workflow: 'w1' })
})
