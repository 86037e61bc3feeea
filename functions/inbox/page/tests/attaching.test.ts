import { expect, test } from 'vitest'
import { addressesIn } from '../src/composer/addresses.ts'
import { chosen, isThere } from '../src/composer/files.ts'
import { bytes } from '../src/messages/bytes.ts'
import { again, bodyOf, joined } from '../src/state/outbox-rules.ts'
import { isEmpty, writtenOf, type DraftFile, type Unsent } from '../src/state/drafts.ts'

const MB = 1024 * 1024
const file = (name: string, size: number) => ({ name, size })
const kept = (key: string, id: string | null = key): DraftFile => ({ key, name: `${key}.txt`, size: 1, id, at: 0 })

test('files that fit are taken, and each other one says why not', () => {
  const given = [file('a', MB), file('empty', 0), file('huge', 11 * MB), file('b', 10 * MB), file('c', 10 * MB), file('d', 10 * MB)]
  expect(chosen([], given)).toEqual({
    taken: [given[0], given[3], given[4]],
    refused: [
      { is: 'empty', name: 'empty' },
      { is: 'too-large', name: 'huge' },
      { is: 'too-large-in-all', name: 'd' },
    ],
  })
  const many = Array.from({ length: 20 }, (_, at) => file(`${at}`, 1))
  expect(chosen(many, [file('one more', 1)]).refused).toEqual([{ is: 'too-many', name: 'one more' }])
})

test('a file is there for nearly a day once the desk has it', () => {
  const HOUR_MS = 60 * 60_000
  expect(isThere(kept('a'), 22 * HOUR_MS)).toBe(true)
  expect(isThere(kept('a'), 23 * HOUR_MS)).toBe(false)
  expect(isThere(kept('a', null), 0)).toBe(false)
})

test.each([
  ['bob@example.com', ['bob@example.com'], ''],
  ['bob@example.com, CY@example.com;dee@example.co.uk', ['bob@example.com', 'cy@example.com', 'dee@example.co.uk'], ''],
  ['Bob Hale <bob@example.com>, "Dee, Dr." <dee@example.com>', ['bob@example.com', 'dee@example.com'], ''],
  ['bob@example.com bob@example.com', ['bob@example.com'], ''],
  ['bob, cy@example.com', ['cy@example.com'], 'bob'],
  ['bob@localhost', [], 'bob@localhost'],
  ['', [], ''],
])('%s is read as addresses', (typed, found, left) => {
  expect(addressesIn(typed)).toEqual({ found, left })
})

test('a size is said in its largest unit', () => {
  expect([0, 1, 1_023, 1_024, 1_500_000, 10 * MB].map((size) => bytes(size, 'en'))).toEqual(['0 bytes', '1 byte', '1,023 bytes', '1 kB', '1.4 MB', '10 MB'])
})

const unsent = (more: Partial<Unsent>): Unsent => ({
  user: 1, project: 1, ticket: 't', kind: 'reply', text: 'Hello', changes: {}, status: null, key: 'k', number: 1, seenUntil: null, force: false, pressedAt: 0, notBefore: 0, ...more,
})

test('files and copies go with a reply, and no copies with a note', () => {
  const with_ = { files: [kept('a'), kept('b', null)], copies: { cc: ['bob@example.com'], bcc: ['cy@example.com'] } }
  expect(bodyOf(unsent(with_), null)).toEqual({ message: 'Hello', is_private: false, cc: ['bob@example.com'], bcc: ['cy@example.com'], attachments: ['a'] })
  expect(bodyOf(unsent({ ...with_, kind: 'note' }), null)).toEqual({ message: 'Hello', is_private: true, attachments: ['a'] })
})

test('a message that is tried again is the same with all that goes with it', () => {
  const tried = unsent({ files: [kept('a')] })
  expect(again(tried, { text: 'Hello', changes: {}, status: null, files: [kept('a')] })).toBe(tried)
  expect(again(tried, { text: 'Hello', changes: {}, status: null })).toBeNull()
  expect(again(tried, { text: 'Hello', changes: {}, status: null, files: [kept('a')], copies: { cc: ['x@example.com'], bcc: [] } })).toBeNull()
})

test('what comes back brings its files and copies, each once', () => {
  const back = { text: 'Back', changes: {}, files: [kept('a')], copies: { cc: ['bob@example.com'], bcc: [] } }
  const since = { text: '', changes: {}, files: [kept('a'), kept('b')], copies: { cc: ['bob@example.com', 'cy@example.com'], bcc: [] } }
  expect(joined(back, since)).toEqual({ text: 'Back', changes: {}, files: [kept('a'), kept('b')], copies: { cc: ['bob@example.com', 'cy@example.com'], bcc: [] } })
})

test('a file alone is a draft, and parts in which there is nothing are none', () => {
  expect(isEmpty({ text: ' ', changes: {}, files: [kept('a')] })).toBe(false)
  expect(isEmpty({ text: '', changes: {}, copies: { cc: [], bcc: [] } })).toBe(true)
  expect(writtenOf({ text: '', changes: {}, files: [], copies: { cc: [], bcc: [] } })).toEqual({ text: '', changes: {} })
})
