import { expect, test } from 'vitest'
import { readAskedOfMail, readToldByMail, writtenTo } from '../src/player/mail-wire.ts'

test('what both sides say is understood', () => {
  expect(readAskedOfMail(writtenTo({ kind: 'hello' }))).toEqual({ kind: 'hello' })
  expect(readAskedOfMail(writtenTo({ kind: 'mail', html: '<p>x' }))).toEqual({ kind: 'mail', html: '<p>x' })
  expect(readToldByMail(writtenTo({ kind: 'ready' }))).toEqual({ kind: 'ready' })
  expect(readToldByMail(writtenTo({ kind: 'height', height: 12.5 }))).toEqual({ kind: 'height', height: 12.5 })
})

test('a mail can’t make the page endless', () => {
  expect(readToldByMail(writtenTo({ kind: 'height', height: 1e9 }))).toEqual({ kind: 'height', height: 100_000 })
})

test.each([null, undefined, 'x', 7, [], {}, { kind: 'hello' }, { lambdeskMail: 2, kind: 'hello' }, { lambdesk: 1, kind: 'ready' }])('%j is no message', (data) => {
  expect(readAskedOfMail(data)).toBeNull()
  expect(readToldByMail(data)).toBeNull()
})

test.each([
  { kind: 'mail', html: 7 },
  { kind: 'mail', html: 'x'.repeat(20_000_001) },
  { kind: 'height', height: -1 },
  { kind: 'height', height: Number.NaN },
  { kind: 'height', height: Infinity },
  { kind: 'height', height: '7' },
  { kind: 'other' },
])('a message with a field that is none is not listened to: %#', (fields) => {
  expect(readAskedOfMail({ lambdeskMail: 1, ...fields })).toBeNull()
  expect(readToldByMail({ lambdeskMail: 1, ...fields })).toBeNull()
})
