import { expect, test } from 'vitest'
import { ApiError, Unreachable } from '../src/api/errors.ts'
import { isLate } from '../src/state/outbox-rules.ts'
import { isCursorRefused, isSaid, troubleOf } from '../src/state/trouble.ts'

const refusal = (status: number, body: object = {}) => new ApiError(new Response(null, { status: status === 204 ? 200 : status }), body)

test('no answer is no network; an answer that fails is a busy desk', () => {
  expect(troubleOf(new Unreachable(null))).toBe('offline')
  for (const status of [429, 500, 502, 503]) expect(troubleOf(refusal(status))).toBe('busy')
  expect([troubleOf(refusal(403)), troubleOf(refusal(404))]).toEqual(['no-access', 'no-access'])
  expect(troubleOf(refusal(401))).toBeNull()
})

test('one failure is not said, unless the browser knows that there is no network', () => {
  expect([isSaid(0, false), isSaid(1, true), isSaid(1, false), isSaid(2, true)]).toEqual([false, false, true, true])
})

test('a cursor that the desk refuses is given up', () => {
  expect(isCursorRefused(refusal(400, { attr: 'since' }))).toBe(true)
  expect(isCursorRefused(refusal(400, { attr: 'filter' }))).toBe(false)
  expect(isCursorRefused(new Unreachable(null))).toBe(false)
})

test('what fails for a quarter of a minute is told', () => {
  expect(isLate({ is: 'retrying', since: 0, nextAt: 0 }, 15_000)).toBe(false)
  expect(isLate({ is: 'retrying', since: 0, nextAt: 0 }, 15_001)).toBe(true)
  expect([isLate({ is: 'sending' }, 99_000), isLate({ is: 'signed-out' }, 99_000), isLate(undefined, 99_000)]).toEqual([false, false, false])
})
