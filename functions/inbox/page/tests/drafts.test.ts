import 'fake-indexeddb/auto'
import { beforeEach, expect, test } from 'vitest'
import { Drafts, type Draft, type Unsent } from '../src/state/drafts.ts'

let drafts: Drafts
let databases = 0
const draft = (given: Partial<Draft> = {}): Draft => ({
  user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'Hello', changes: {}, savedAt: 1, ...given,
})
const unsent = (given: Partial<Unsent> = {}): Unsent => ({
  user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'Hello', changes: {}, key: 'k1', number: 1, status: 'pending', seenUntil: 'm1',
  force: false, pressedAt: 1, notBefore: 2, ...given,
})

beforeEach(() => {
  drafts = new Drafts(`drafts-${++databases}`)
})

test('reply and note of one ticket are two drafts', async () => {
  await drafts.save(draft())
  await drafts.save(draft({ kind: 'note', text: 'Only us' }))
  expect((await drafts.load(draft()))?.text).toBe('Hello')
  expect((await drafts.load(draft({ kind: 'note' })))?.text).toBe('Only us')
})

test('a draft stays with its ticket, user and project', async () => {
  await drafts.save(draft())
  for (const other of [{ ticket: 't2' }, { user: 2 }, { project: 2 }]) expect(await drafts.load(draft(other))).toBeUndefined()
})

test('emptied text is no draft, and the other kind stays; changes alone are one', async () => {
  await drafts.save(draft())
  await drafts.save(draft({ kind: 'note' }))
  await drafts.save(draft({ text: ' \n' }))
  expect((await drafts.unsent(1)).map(({ kind }) => kind)).toEqual(['note'])
  await drafts.save(draft({ text: '', changes: { status: 'resolved' } }))
  expect(await drafts.unsent(1)).toHaveLength(2)
})

test('what is unsent is listed, the newest first', async () => {
  await drafts.save(draft({ savedAt: 1 }))
  await drafts.save(draft({ ticket: 't2', savedAt: 3 }))
  await drafts.save(draft({ project: 2, savedAt: 2 }))
  await drafts.save(draft({ user: 2, savedAt: 9 }))
  expect((await drafts.unsent(1)).map(({ ticket, project }) => [ticket, project])).toEqual([['t2', 1], ['t1', 2], ['t1', 1]])
  expect(await drafts.unsent(1, 2)).toHaveLength(1)
})

test('from the press to the confirmation the text is in one of the two places', async () => {
  await drafts.save(draft())
  await drafts.press(unsent())
  expect(await drafts.load(draft())).toBeUndefined()
  expect((await drafts.onTheirWay(1, 1)).map(({ key, text }) => [key, text])).toEqual([['k1', 'Hello']])
  await drafts.takeBack('k1', draft({ tried: unsent() }))
  expect(await drafts.onTheirWay(1, 1)).toEqual([])
  expect((await drafts.load(draft()))?.tried?.key).toBe('k1')
  await drafts.press(unsent())
  await drafts.confirm('k1')
  expect([await drafts.load(draft()), await drafts.onTheirWay(1, 1)]).toEqual([undefined, []])
})

test('what was on its way is taken up by who sent it, the oldest first', async () => {
  await drafts.press(unsent({ key: 'b', pressedAt: 2 }))
  await drafts.press(unsent({ key: 'a', pressedAt: 1, ticket: 't2' }))
  await drafts.press(unsent({ key: 'c', user: 2 }))
  expect((await drafts.onTheirWay(1, 1)).map(({ key }) => key)).toEqual(['a', 'b'])
})

test('a database of the first form keeps its drafts', async () => {
  const name = `drafts-${++databases}`
  await new Promise<void>((resolve) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('drafts', { keyPath: ['user', 'project', 'ticket', 'kind'] }).put(draft())
    request.onsuccess = () => (request.result.close(), resolve())
  })
  const later = new Drafts(name)
  expect((await later.load(draft()))?.text).toBe('Hello')
  await later.press(unsent())
  expect(await later.onTheirWay(1, 1)).toHaveLength(1)
})

test('signing out leaves nothing of that user, and all of another', async () => {
  await drafts.save(draft())
  await drafts.save(draft({ project: 2, kind: 'note' }))
  await drafts.save(draft({ user: 2 }))
  await drafts.press(unsent({ ticket: 't9' }))
  await drafts.press(unsent({ ticket: 't9', user: 2, key: 'k2' }))
  await drafts.forget(1)
  expect([await drafts.unsent(1), await drafts.onTheirWay(1)]).toEqual([[], []])
  expect([(await drafts.unsent(2)).length, (await drafts.onTheirWay(2)).length]).toEqual([1, 1])
})

test('who watches hears of each change, until they stop', async () => {
  let heard = 0
  const stop = drafts.watch(() => void heard++)
  await drafts.save(draft())
  await drafts.load(draft())
  await drafts.remove(draft())
  stop()
  await drafts.save(draft())
  expect(heard).toBe(2)
})
