import 'fake-indexeddb/auto'
import { beforeEach, expect, test, vi } from 'vitest'
import { Drafts, type Draft } from '../src/state/drafts.ts'
import { leave as leaveAs, leftBehind } from '../src/state/left-behind.ts'

const draft = (given: Partial<Draft> = {}): Draft => ({
  user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'Hello', changes: {}, savedAt: 1, ...given,
})

const leave = (left: Draft) => leaveAs([left.user, left.project, left.ticket, left.kind], left)
const left = () => leftBehind((value): value is unknown => value !== null)

let databases = 0
let name = ''
/** A page of the browser: each opens the same database. */
const page = () => new Drafts(name)

beforeEach(() => {
  name = `left-${++databases}`
  // Storage's own keys are its items.
  const store = Object.create({
    getItem: (key: string) => store[key] ?? null,
    setItem: (key: string, value: string) => void (store[key] = value),
    removeItem: (key: string) => void delete store[key],
  })
  vi.stubGlobal('localStorage', store)
})

test('what the database did not get any more is there on the next page', async () => {
  leave(draft({ text: 'The last word', savedAt: 2 }))
  expect((await page().load(draft()))?.text).toBe('The last word')
  expect(left()).toEqual([])
  leave(draft({ ticket: 't2', savedAt: 3 }))
  expect((await page().unsent(1)).map(({ ticket }) => ticket)).toEqual(['t2', 't1'])
})

test('what the database has newer stays', async () => {
  await page().save(draft({ text: 'Newer', savedAt: 5 }))
  leave(draft({ text: 'Older', savedAt: 4 }))
  expect((await page().load(draft()))?.text).toBe('Newer')
  expect(left()).toEqual([])
})

test('what was sent, given up or saved since does not come back', async () => {
  const open = page()
  const sent = { ...draft({ ticket: 'sent' }), key: 'k1', number: 1, status: null, seenUntil: null, force: false, pressedAt: 1, notBefore: 1 }
  for (const ticket of ['sent', 'given up', 'saved']) await open.saveLast(draft({ ticket }))
  for (const ticket of ['sent', 'given up', 'saved']) leave(draft({ ticket, savedAt: 2 }))
  await open.press(sent)
  await open.remove(draft({ ticket: 'given up' }))
  await open.save(draft({ ticket: 'saved', text: 'Later', savedAt: 3 }))
  expect((await page().unsent(1)).map(({ ticket, text }) => [ticket, text])).toEqual([['saved', 'Later']])
})

test('a browser without such a storage, and words that are none of ours, harm nothing', async () => {
  localStorage.setItem('lambdesk.left.[]', 'no JSON')
  localStorage.setItem('lambdesk.left.[1]', 'null')
  localStorage.setItem('lambdesk.left.[2]', '{"text": "of nobody"}')
  localStorage.setItem('other', 'of another page')
  expect(await page().load(draft())).toBeUndefined()
  expect(left()).toEqual([])
  vi.stubGlobal('localStorage', undefined)
  await page().saveLast(draft())
  expect((await page().load(draft()))?.text).toBe('Hello')
})
