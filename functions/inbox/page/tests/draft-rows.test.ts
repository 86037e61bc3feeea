import { expect, test } from 'vitest'
import { firstWords, kindOf, nextTicket, noteOf, rowsOf } from '../src/drafts/rows.ts'
import { builtInAt } from '../src/list/views.ts'
import { readAddress } from '../src/routes.ts'
import type { Draft, Unsent } from '../src/state/drafts.ts'

const draft = (given: Partial<Draft>): Draft => ({ user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'Hello', changes: {}, savedAt: 1, ...given })
const unsent: Unsent = {
  user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'On its way', changes: {}, key: 'k1', number: 7, status: null, seenUntil: null,
  force: false, pressedAt: 2, notBefore: 3,
}

test('drafts and what has not gone yet stand together, the newest first', () => {
  const rows = rowsOf([draft({ savedAt: 3, kind: 'note' }), draft({ savedAt: 1 })], [unsent])
  expect(rows.map(({ is, key }) => [is, key])).toEqual([['draft', 't1 note'], ['waiting', 'k1'], ['draft', 't1 reply']])
})

test('a change of a note says which one', () => {
  expect([noteOf('note:m1'), noteOf('note'), noteOf('reply')]).toEqual(['m1', null, null])
  expect([kindOf('note:m1'), kindOf('note'), kindOf('reply')]).toEqual(['change', 'note', 'reply'])
})

test('a row shows the first words on one line', () => {
  expect(firstWords('  Hello,\n\n  Ada  ')).toBe('Hello, Ada')
})

test('the drafts have an address of their own, and are no built-in view', () => {
  expect(readAddress(new URL('http://a/inbox/1/drafts'))).toEqual({ name: 'drafts', project: 1 })
  expect(builtInAt('/inbox/1/drafts')).toBeUndefined()
  expect(builtInAt('/inbox/1')?.name).toBe('queue')
})

test('from a ticket beside the drafts the next one is another ticket', () => {
  const rows = rowsOf([draft({ savedAt: 4 }), draft({ savedAt: 3, kind: 'note' }), draft({ savedAt: 2, ticket: 'gone' }), draft({ savedAt: 1, ticket: 't2' })], [])
  const next = (open: string, by: 1 | -1) => nextTicket(rows, open, by, (ticket) => ticket !== 'gone')
  expect([next('t1', 1), next('t2', -1), next('t2', 1), next('t1', -1)]).toEqual(['t2', 't1', undefined, undefined])
  expect([next('other', 1), next('other', -1)]).toEqual(['t1', undefined])
})
