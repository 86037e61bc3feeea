import { expect, test } from 'vitest'
import { dayOf, endOfDay, movedTags, numberIn, rangeOf, setFacets, startOfDay, toggled, valuesOf, withRange, without } from '../src/list/filters.ts'

test('values are chosen and taken back, and an empty filter is no filter', () => {
  const open = toggled({}, 'status', 'open')
  const both = toggled(open, 'status', 'new')
  expect([open, both]).toEqual([{ status: 'open' }, { status: 'open,new' }])
  expect(toggled(open, 'status', 'open')).toEqual({})
})

test('tags may hold commas, and move between any, all and none', () => {
  const any = toggled(toggled({}, 'tags', 'a,b'), 'tags', 'c')
  expect(any).toEqual({ tags: '["a,b","c"]' })
  expect(movedTags({ ...any, tags_all: '["d"]' }, 'tags', 'tags_all')).toEqual({ tags_all: '["d","a,b","c"]' })
  expect(valuesOf({ tags: 'junk' }, 'tags')).toEqual([])
})

test('a range is two parameters and one chip', () => {
  const filter = withRange({ status: 'open' }, 'created', { from: '-7d', to: null })
  expect(filter).toEqual({ status: 'open', date_from: '-7d' })
  expect(setFacets(filter)).toEqual(['status', 'created'])
  expect(rangeOf(filter, 'created')).toEqual({ from: '-7d', to: null })
  expect(without(filter, 'created')).toEqual({ status: 'open' })
})

test('days are the agent’s own, and sent in UTC', () => {
  expect(startOfDay('2026-11-29')).toBe(new Date(2026, 10, 29).toISOString())
  expect(endOfDay('2026-11-29')).toBe(new Date(2026, 10, 29, 23, 59, 59, 999).toISOString())
  expect(dayOf(startOfDay('2026-03-01'))).toBe('2026-03-01')
  expect([dayOf('-7d'), dayOf(null), startOfDay('junk')]).toEqual(['', '', null])
})

test('a number names a ticket, with or without its sign', () => {
  expect(['12', '#12', ' # 7 ', '0', '12a', ''].map(numberIn)).toEqual([12, 12, 7, null, null, null])
})
