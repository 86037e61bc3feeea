import { expect, test } from 'vitest'
import { Feed } from '../src/context/recording/feed.ts'
import type { Part } from '../src/context/recording/timeline.ts'

const parts: Part[] = [0, 10, 20, 30, 40].map((from) => ({ id: `${from}`, tab: null, from, until: from + 10 }))
const later = () => new Promise((done) => setTimeout(done))

/** A feed whose answers come when the test says so. */
function feed(of = parts) {
  const asked: string[] = []
  const taken: (string | null)[] = []
  const answers = new Map<string, { come: () => void; fail: () => void }>()
  let isOver = false
  const feed = new Feed(of, {
    read: ({ id }) => {
      asked.push(id)
      return new Promise((resolve, reject) => {
        answers.set(id, { come: () => resolve(new TextEncoder().encode(id).buffer as ArrayBuffer), fail: () => reject(new Error(id)) })
      })
    },
    take: (bytes) => taken.push(bytes && new TextDecoder().decode(bytes)),
    end: () => (isOver = true),
  })
  const come = async (id: string) => (answers.get(id)?.come(), await later())
  const fail = async (id: string) => (answers.get(id)?.fail(), await later())
  return { feed, asked, taken, come, fail, isOver: () => isOver }
}

test('two parts at a time, and they are taken in their order however they come', async () => {
  const { feed: it, asked, taken, come, isOver } = feed()
  it.want(100, false)
  expect(asked).toEqual(['0', '10'])
  await come('10')
  expect(taken).toEqual([])
  expect(asked).toEqual(['0', '10', '20'])
  await come('0')
  expect(taken).toEqual(['0', '10'])
  for (const id of ['20', '30', '40']) await come(id)
  expect(taken).toEqual(['0', '10', '20', '30', '40'])
  expect(isOver()).toBe(true)
})

test('only what begins before the horizon is fetched, and the next part for who waits', async () => {
  const { feed: it, asked, come, isOver } = feed()
  it.want(5, false)
  await come('0')
  expect(asked).toEqual(['0'])
  it.want(5, true)
  it.want(5, true)
  expect(asked).toEqual(['0', '10'])
  await come('10')
  it.want(22, false)
  expect(asked).toEqual(['0', '10', '20'])
  expect(isOver()).toBe(false)
})

test('a part that fails twice is left out, and the rest goes on', async () => {
  const { feed: it, asked, taken, come, fail, isOver } = feed(parts.slice(0, 2))
  it.want(100, false)
  await fail('0')
  await fail('0')
  await come('10')
  expect(asked).toEqual(['0', '10', '0'])
  expect(taken).toEqual([null, '10'])
  expect(isOver()).toBe(true)
})

test('who has stopped asks and takes nothing more', async () => {
  const { feed: it, asked, taken, come } = feed()
  it.want(100, false)
  it.stop()
  await come('0')
  it.want(100, true)
  expect([asked, taken]).toEqual([['0', '10'], []])
})
