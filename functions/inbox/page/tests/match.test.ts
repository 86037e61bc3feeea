import { expect, test } from 'vitest'
import { nearness } from '../src/ui/match.ts'

const best = (typed: string, names: string[]) =>
  names.map((name) => ({ name, near: nearness(name, typed) })).filter(({ near }) => near > 0).toSorted((a, b) => b.near - a.near).map(({ name }) => name)

test('a whole name comes first, then a beginning, a word and what lies within', () => {
  expect(best('sms', ['false-alarm', 'misdirected', 'asms', 'by-sms', 'sms-gateway', 'sms'])).toEqual(['sms', 'sms-gateway', 'by-sms', 'asms'])
})

test('letters that are only in this order are no answer', () => {
  expect(best('lisbon', ['America/Blanc-Sablon', 'Europe/Lisbon'])).toEqual(['Europe/Lisbon'])
})

test('every word that was typed counts, without case and accents, in any of the names', () => {
  expect(nearness('7', 'inés bill', ['Ines', 'Billing'])).toBeGreaterThan(0)
  expect(nearness('7', 'ines sales', ['Ines', 'Billing'])).toBe(0)
  expect(nearness('7', '  ')).toBe(1)
})
