import { expect, test } from 'vitest'
import { ranked, remembered, type Entry } from '../src/palette/rank.ts'

const entry = (id: string, label: string, keywords: string[] = []): Entry => ({ id, group: 'more', label, keywords, run: () => {} })
const all = [
  entry('resolve', 'Resolve'),
  entry('ben', 'Assign to Ben', ['ben@example.com']),
  entry('ines', 'Assign to Inés', ['ines@example.org']),
  entry('role', 'Assign to Billing', ['Ben', 'Mira']),
  entry('benefits', 'Add tag benefits', ['benefits']),
  entry('snooze', 'Snooze: Tomorrow, 9:00'),
]
const found = (typed: string, recent: string[] = []) => ranked(all, typed, recent).map(({ id }) => id)

test('every word that was typed has to fit', () => {
  expect(found('assign ben')).toEqual(['ben', 'role'])
  expect(found('assign zoe')).toEqual([])
})

test('accents and case do not count', () => {
  expect(found('INES')).toEqual(['ines'])
  expect(found('inés')).toEqual(['ines'])
})

test('the beginning of the name comes before words in it, and letters in turn come last', () => {
  expect(found('res')[0]).toBe('resolve')
  expect(found('tomorrow')).toEqual(['snooze'])
  expect(found('rslv')).toEqual(['resolve'])
})

test('what was chosen lately wins among equals', () => {
  expect(found('ben')).toEqual(['ben', 'role', 'benefits'])
  expect(found('ben', ['benefits'])[0]).toBe('benefits')
  expect(remembered(['a', 'b'], 'b')).toEqual(['b', 'a'])
  expect(remembered([...'abcdefgh'], 'x')).toEqual([...'xabcdefg'])
})
