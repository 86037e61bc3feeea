import 'fake-indexeddb/auto'
import { beforeEach, expect, test } from 'vitest'
import { Drafts, type Draft } from '../src/state/drafts.ts'

let drafts: Drafts
let databases = 0
const draft = (given: Partial<Draft> = {}): Draft => ({
  user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'Hello', key: 'k1', savedAt: 1, ...given,
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

test('emptied text is no draft, and the other kind stays', async () => {
  await drafts.save(draft())
  await drafts.save(draft({ kind: 'note' }))
  await drafts.save(draft({ text: ' \n' }))
  expect((await drafts.unsent(1)).map(({ kind }) => kind)).toEqual(['note'])
})

test('what is unsent is listed, the newest first', async () => {
  await drafts.save(draft({ savedAt: 1 }))
  await drafts.save(draft({ ticket: 't2', savedAt: 3 }))
  await drafts.save(draft({ project: 2, savedAt: 2 }))
  await drafts.save(draft({ user: 2, savedAt: 9 }))
  expect((await drafts.unsent(1)).map(({ ticket, project }) => [ticket, project])).toEqual([['t2', 1], ['t1', 2], ['t1', 1]])
  expect(await drafts.unsent(1, 2)).toHaveLength(1)
})
