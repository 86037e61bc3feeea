/// <reference types="node" />
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { again, bodyOf, changesOf, fitsKeepalive, joined, lengthOf, LONGEST, waitsForWord } from '../src/state/outbox-rules.ts'
import { Outbox, type Command } from '../src/state/outbox.svelte.ts'
import type { Unsent } from '../src/state/drafts.ts'

type Answer = { status: number; body?: object; headers?: Record<string, string> } | 'hang up'

let server: Server
let base: string
let answers: Answer[]
let asked: { path: string; key: string; body: unknown }[]

beforeEach(async () => {
  answers = []
  asked = []
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => {
      asked.push({ path: request.url!, key: String(request.headers['idempotency-key']), body: JSON.parse(text) })
      const answer = answers.shift() ?? { status: 200 }
      if (answer === 'hang up') return void request.socket.destroy()
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

const RETRY = { status: 503, headers: { 'retry-after': '0' } }

/** Puts a command and answers how it ended. */
function run(outbox: Outbox, key: string, lane = 't1', more: Partial<Command> = {}): Promise<string> {
  return new Promise((resolve) => {
    outbox.put({
      key,
      lane,
      request: { method: 'POST', path: `${base}/${key}`, body: { key } },
      done: () => resolve('done'),
      refused: (verdict) => resolve(verdict.is),
      ...more,
    })
  })
}

test('what fails for a while goes again under its key, in its turn', async () => {
  answers = [RETRY, { status: 429, headers: { 'retry-after': '0' } }, { status: 409, body: { code: 'request_in_progress' }, headers: { 'retry-after': '0' } }]
  const outbox = new Outbox()
  const [first, second] = await Promise.all([run(outbox, 'a'), run(outbox, 'b')])
  expect([first, second]).toEqual(['done', 'done'])
  expect(asked.map(({ key }) => key)).toEqual(['a', 'a', 'a', 'a', 'b'])
  expect(outbox.standing.size).toBe(0)
})

test('a lost answer is asked for again; the desk knows the key', async () => {
  answers = ['hang up']
  const outbox = new Outbox()
  expect(await run(outbox, 'a')).toBe('done')
  expect(asked.map(({ key }) => key)).toEqual(['a', 'a'])
})

test('what is refused is not tried again, and the next goes on', async () => {
  answers = [{ status: 409, body: { code: 'newer_message' } }, { status: 400 }, { status: 404 }]
  const outbox = new Outbox()
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => run(outbox, key)))).toEqual(['newer', 'refused', 'gone', 'done'])
  expect(asked.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd'])
})

test('a lost session stops the lane until it is back', async () => {
  answers = [{ status: 401 }]
  const outbox = new Outbox()
  const ended = run(outbox, 'a')
  await expect.poll(() => outbox.standing.get('a')?.is).toBe('signed-out')
  expect(asked).toHaveLength(1)
  outbox.hurry()
  expect(await ended).toBe('done')
})

test('a command can be taken back while it waits, but not on its way', async () => {
  answers = [{ status: 503, headers: { 'retry-after': '60' } }]
  const outbox = new Outbox()
  void run(outbox, 'a')
  const second = run(outbox, 'b')
  expect(outbox.withdraw('a')).toBeNull()
  await expect.poll(() => outbox.standing.get('a')?.is).toBe('retrying')
  expect(outbox.withdraw('a')).toBe(1)
  expect(await second).toBe('done')
  expect(outbox.withdraw('b')).toBeNull()
})

test('after a time without network what is stale waits for a word, the rest goes', async () => {
  answers = [{ status: 503, headers: { 'retry-after': '60' } }]
  const outbox = new Outbox()
  void run(outbox, 'stale', 't1', { held: () => true })
  const behind = run(outbox, 'behind', 't1', { held: () => false })
  await expect.poll(() => outbox.standing.get('stale')?.is).toBe('retrying')
  outbox.resume()
  expect(await behind).toBe('done')
  expect(asked.map(({ key }) => key)).toEqual(['stale', 'behind'])
  expect(outbox.standing.has('stale')).toBe(false)
})

const unsent = (given: Partial<Unsent> = {}): Unsent => ({
  user: 1, project: 1, ticket: 't1', kind: 'reply', text: 'Hello', changes: {}, key: 'k1', number: 1, status: 'pending', seenUntil: 'm1',
  force: false, pressedAt: 0, notBefore: 0, ...given,
})

test('who may read a message follows from its kind', () => {
  expect(bodyOf(unsent(), null)).toEqual({ message: 'Hello', is_private: false, seen_until: 'm1', changes: { status: 'pending' } })
  const note = bodyOf(unsent({ kind: 'note', force: true, changes: { tags: ['x'] } }), null)
  expect(note).toEqual({ message: 'Hello', is_private: true, changes: { tags: ['x'], tags_mode: 'add' } })
})

test('a quick action’s status outranks the button’s', () => {
  expect(changesOf(unsent({ changes: { status: 'resolved' } }))).toEqual({ status: 'resolved' })
  expect(changesOf(unsent({ status: null }))).toEqual({})
  expect(bodyOf(unsent({ status: null, force: true }), { type: 'doc' })).toEqual({
    message: 'Hello', is_private: false, rich_content: { type: 'doc' }, seen_until: 'm1', force: true,
  })
})

test('the same message goes under the same key, another under another', () => {
  const tried = unsent({ changes: { tags: ['x'] } })
  expect(again(tried, { text: 'Hello', changes: { tags: ['x'] }, status: 'pending' })).toBe(tried)
  expect(again(tried, { text: 'Hello!', changes: { tags: ['x'] }, status: 'pending' })).toBeNull()
  expect(again(tried, { text: 'Hello', changes: {}, status: 'pending' })).toBeNull()
  expect(again(tried, { text: 'Hello', changes: { tags: ['x'] }, status: null })).toBeNull()
  expect(again(null, { text: 'Hello', changes: {}, status: null })).toBeNull()
})

test('what comes back stands before what was written since', () => {
  expect(joined({ text: 'Back', changes: { priority: 'low' } }, { text: 'Since', changes: { status: 'open' } })).toEqual({
    text: 'Back\n\nSince', changes: { priority: 'low', status: 'open' },
  })
  expect(joined({ text: 'Back', changes: {} }, { text: ' \n', changes: {} }).text).toBe('Back')
})

test('limits are counted as the desk and the browser count', () => {
  expect(lengthOf('😀'.repeat(44_999))).toEqual({ length: 44_999, isNear: false, isOver: false })
  expect(lengthOf('x'.repeat(LONGEST))).toMatchObject({ isNear: true, isOver: false })
  expect(lengthOf('x'.repeat(LONGEST + 1)).isOver).toBe(true)
  expect([fitsKeepalive('x'.repeat(60_000)), fitsKeepalive('ä'.repeat(30_001))]).toEqual([true, false])
  expect([waitsForWord({ pressedAt: 0 }, 120_000), waitsForWord({ pressedAt: 0 }, 120_001)]).toEqual([false, true])
})
