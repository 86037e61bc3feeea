import { expect, test } from 'vitest'
import { chosen } from '../src/context/recording/place.ts'
import {
  beginning, markAfter, markBefore, marksIn, partsOf, played, share, tabAt, tabsOf, within, type Mark, type Part,
} from '../src/context/recording/timeline.ts'

const part = (id: string, tab: string | null, from: number, until: number): Part => ({ id, tab, from, until })
const span = { from: 100_000, until: 200_000 }

test('it starts half a minute before the message, as far as there is something', () => {
  expect(beginning(span, 160_000)).toBe(130_000)
  expect(beginning(span, 110_000)).toBe(100_000)
  expect(beginning(span, 900_000)).toBe(200_000)
  expect(beginning(span, 0)).toBe(100_000)
})

test('places along the recording are between its ends', () => {
  expect([50_000, 100_000, 150_000, 200_000, 900_000].map((at) => share(at, span))).toEqual([0, 0, 0.5, 1, 1])
  expect(share(5, { from: 5, until: 5 })).toBe(0)
  expect(within(250_000, span)).toBe(200_000)
})

test('parts are read from the API, and each tab has its own in their order', () => {
  const chunk = (id: string, window_id: string | null, from: string) => ({ id, window_id, from, until: '2026-01-01T00:01:00Z' })
  const parts = partsOf([chunk('b', 'w1', '2026-01-01T00:00:30Z'), chunk('a', 'w1', '2026-01-01T00:00:00Z'), chunk('c', null, '2026-01-01T00:00:10Z')])
  const tabs = tabsOf(parts)
  expect(tabs.map(({ id, parts }) => [id, parts.map(({ id }) => id)])).toEqual([['w1', ['a', 'b']], [null, ['c']]])
  expect(tabs[0]).toMatchObject({ from: Date.parse('2026-01-01T00:00:00Z'), until: Date.parse('2026-01-01T00:01:00Z') })
})

test('the tab of a moment is the one that shows it, or the nearest', () => {
  const tabs = tabsOf([part('a', 'one', 0, 100), part('b', 'two', 50, 80), part('c', 'three', 300, 400)])
  const at = (moment: number) => tabAt(tabs, moment)?.id
  expect([10, 60, 90, 190, 250, 900].map(at)).toEqual(['one', 'two', 'one', 'one', 'three', 'three'])
  expect(tabAt([], 5)).toBeUndefined()
})

test('marks are those that the recording shows, and are gone to one after the other', () => {
  const mark = (at: number): Mark => ({ at, kind: 'page', label: `${at}` })
  const marks = marksIn([mark(150_000), mark(99_999), mark(120_000), mark(200_001)], span)
  expect(marks.map(({ at }) => at)).toEqual([120_000, 150_000])
  expect(markAfter(marks, 120_000)?.at).toBe(150_000)
  expect(markAfter(marks, 150_000)).toBeUndefined()
  expect(markBefore(marks, 150_500)?.at).toBe(120_000)
  expect(markBefore(marks, 151_500)?.at).toBe(150_000)
  expect(markBefore(marks, 120_000)).toBeUndefined()
})

test('lengths read as players show them', () => {
  expect([-5, 0, 7_900, 59_999, 60_000, 750_000, 3_723_000].map(played)).toEqual(['0:00', '0:00', '0:07', '0:59', '1:00', '12:30', '1:02:03'])
})

test('the player is at a name that is not the page’s own', () => {
  const local = ['http://localhost:8001', 'http://127.0.0.1:8001']
  expect(chosen(local, '127.0.0.1')).toBe('http://localhost:8001')
  expect(chosen(local, 'localhost')).toBe('http://127.0.0.1:8001')
  expect(chosen(['https://desk.example.com:444'], 'desk.example.com')).toBeUndefined()
  expect(chosen([], 'desk.example.com')).toBeUndefined()
})
