import { expect, test } from 'vitest'
import { isKnown, isWriting, seen, type Seen } from '../src/state/presence.ts'

const viewer = (user_id: number, ticket_id = 't1', replying = false) => ({ user_id, name: `Agent ${user_id}`, ticket_id, replying })
const short = (all: readonly Seen[]) => all.map(({ user_id, ticket_id, replying, leftAt }) => `${user_id}@${ticket_id}${replying ? ' writes' : ''}${leftAt === null ? '' : ' left'}`)

test('who is there is shown in an order that stays', () => {
  const first = seen([], [viewer(3), viewer(2, 't1', true)], 0)
  expect(short(first)).toEqual(['2@t1 writes', '3@t1'])
  expect(short(seen(first, [viewer(2), viewer(3), viewer(1)], 5_000))).toEqual(['1@t1', '2@t1', '3@t1'])
})

test('who left fades, and is gone a little later', () => {
  const first = seen([], [viewer(2, 't1', true)], 0)
  const faded = seen(first, [], 5_000)
  expect(short(faded)).toEqual(['2@t1 left'])
  expect(short(seen(faded, [], 15_000))).toEqual(['2@t1 left'])
  expect(seen(faded, [], 20_000)).toEqual([])
  expect(short(seen(faded, [viewer(2)], 10_000))).toEqual(['2@t1'])
})

test('who goes to another ticket has left the first one', () => {
  const first = seen([], [viewer(2)], 0)
  expect(short(seen(first, [viewer(2, 't2')], 5_000))).toEqual(['2@t2', '2@t1 left'])
})

test('nothing new draws nothing anew', () => {
  const first = seen([], [viewer(2)], 0)
  expect(seen(first, [viewer(2)], 5_000)).toBe(first)
})

test('old news of colleagues count no more, and an old draft is no writing', () => {
  expect([isKnown(null, 0), isKnown(0, 29_000), isKnown(0, 30_000)]).toEqual([false, true, false])
  expect([isWriting(null, 0), isWriting(0, 59_000), isWriting(0, 60_000)]).toEqual([false, true, false])
})
