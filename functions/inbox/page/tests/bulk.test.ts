import { expect, test } from 'vitest'
import { add, batches, nothingYet, tagsAfter } from '../src/list/bulk.ts'
import { rangeBetween } from '../src/list/ranges.ts'

test('tickets go in batches, none twice and none lost', () => {
  const all = Array.from({ length: 1_001 }, (_, at) => `t${at}`)
  expect(batches(all).map(({ length }) => length)).toEqual([500, 500, 1])
  expect(batches(all).flat()).toEqual(all)
  expect(batches([])).toEqual([])
})

test('what came of batches adds up', () => {
  const made = () => ({ status: 'resolved' as const })
  const first = add(
    nothingYet(),
    {
      updated: [{ id: 't1', before: { status: 'open' }, etag: '"1"' }],
      skipped: [
        { id: 't2', reason: 'unchanged' },
        { id: 't3', reason: 'not_found' },
      ],
    },
    made,
  )
  const both = add(first, { updated: [], skipped: [{ id: 't4', reason: 'refused' }, { id: 't5', reason: 'changed_meanwhile' }] }, made)
  expect(both).toEqual({
    changed: 1,
    already: 1,
    gone: 1,
    overtaken: 1,
    failed: ['t4'],
    undo: [{ id: 't1', changes: { status: 'open' }, expect: { status: 'resolved' } }],
  })
})

test('an undo of tags expects the tags as the change left them', () => {
  const made = () => ({ tags: ['b'], tags_mode: 'add' as const })
  const { undo } = add(nothingYet(), { updated: [{ id: 't1', before: { tags: ['a'] }, etag: '' }], skipped: [] }, made)
  expect(undo).toEqual([{ id: 't1', changes: { tags: ['a'] }, expect: { tags: ['a', 'b'] } }])
  expect(tagsAfter(['a', 'b'], { tags: ['b'], tags_mode: 'remove' })).toEqual(['a'])
  expect(tagsAfter(['a'], { tags: ['c'] })).toEqual(['c'])
})

test('a range goes both ways, and from a row that is gone only to itself', () => {
  const rows = ['a', 'b', 'c', 'd']
  expect(rangeBetween(rows, 'b', 'd')).toEqual(['b', 'c', 'd'])
  expect(rangeBetween(rows, 'd', 'b')).toEqual(['b', 'c', 'd'])
  expect(rangeBetween(rows, 'x', 'c')).toEqual(['c'])
  expect(rangeBetween(rows, 'a', 'x')).toEqual([])
})
