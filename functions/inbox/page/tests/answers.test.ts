import { expect, test } from 'vitest'
import { ApiError, Unreachable } from '../src/api/errors.ts'
import { judge } from '../src/state/answers.ts'

const refusal = (status: number, body: object = {}, headers: Record<string, string> = {}) =>
  new ApiError(new Response(null, { status, headers }), body)

test.each([
  [401, {}, 'signed-out'],
  [403, {}, 'forbidden'],
  [404, {}, 'gone'],
  [409, { code: 'newer_message' }, 'newer'],
  [412, { code: 'changed_meanwhile' }, 'changed'],
  [413, {}, 'too-long'],
  [409, { code: 'still_running' }, 'retry'],
  [429, {}, 'retry'],
  [503, {}, 'retry'],
])('%i %j is %s', (status, body, expected) => {
  expect(judge(refusal(status, body), 1, 0.5).is).toBe(expected)
})

test('a refused field is named with its sentence', () => {
  const error = refusal(400, { detail: 'Too many tags.', attr: 'tags' })
  expect(judge(error, 1, 0.5)).toEqual({ is: 'refused', detail: 'Too many tags.', attr: 'tags' })
})

test('retries come later and later, spread, and never before the desk asks for', () => {
  const wait = (attempts: number, random: number) => judge(new Unreachable(null), attempts, random)
  expect([1, 2, 3, 4, 5, 9].map((attempts) => wait(attempts, 0.5))).toEqual(
    [1_000, 2_000, 5_000, 10_000, 30_000, 30_000].map((afterMs) => ({ is: 'retry', afterMs })),
  )
  expect(wait(1, 0)).toEqual({ is: 'retry', afterMs: 800 })
  expect(judge(refusal(503, {}, { 'retry-after': '7' }), 1, 0.5)).toEqual({ is: 'retry', afterMs: 7_000 })
})

test('a fault of the page’s own is no answer', () => {
  expect(() => judge(new TypeError('bug'), 1, 0.5)).toThrow('bug')
})
