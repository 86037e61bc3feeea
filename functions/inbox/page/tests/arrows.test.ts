import { expect, test } from 'vitest'
import { placeAfter } from '../src/ui/arrows.ts'

test('arrow keys go round a column, and Home and End to its ends', () => {
  expect(['ArrowDown', 'ArrowUp'].map((key) => placeAfter(key, -1, 3))).toEqual([0, 2])
  expect(['ArrowDown', 'ArrowUp', 'Home', 'End'].map((key) => placeAfter(key, 2, 3))).toEqual([0, 1, 0, 2])
  expect([placeAfter('ArrowUp', 0, 3), placeAfter('Enter', 0, 3), placeAfter('ArrowDown', -1, 0)]).toEqual([2, null, null])
})
