import { expect, test } from 'vitest'
import { participantOf, writerOf } from '../src/thread/mail/author.ts'

const source = (from: string) => ({ channel: 'email' as const, from, to: [], cc: [], verified: true, quoted: false, cut: false, automated: false, files: 0 })
const mail = (author_name: string, from: string) => ({ author_type: 'customer', author_name, source: source(from) })
const ticket = { email_from: 'ada@example.com' }

test('whoever takes part is told from the one who asked', () => {
  expect(participantOf(mail('Bob', 'bob@example.com'), ticket)).toBe('bob@example.com')
  expect(participantOf(mail('Ada', 'Ada@Example.com'), ticket)).toBeNull()
  expect(participantOf({ ...mail('Eve', 'eve@example.com'), author_type: 'support' }, ticket)).toBeNull()
  expect(participantOf({ author_type: 'customer' }, ticket)).toBeNull()
  expect(participantOf(mail('Bob', 'bob@example.com'), { email_from: null })).toBeNull()
})

test('the team has one name for the one who asked, and others have their own', () => {
  expect(writerOf(mail('Bob', 'bob@example.com'), ticket, 'Countess Ada')).toBe('Bob')
  expect(writerOf(mail('Ada', 'ada@example.com'), ticket, 'Countess Ada')).toBe('Countess Ada')
  expect(writerOf({ author_type: 'support', author_name: 'Agent', source: null }, ticket, 'Countess Ada')).toBe('Agent')
})
