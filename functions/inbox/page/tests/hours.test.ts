import { expect, test } from 'vitest'
import {
  endOf, faultOf, minuteOf, nextSpan, officeHours, openMinutes, openTimes, readHours, sweep, timeOf, withBreak, writeHours, type Hours,
} from '../src/settings/targets/hours.ts'

const days = ['monday', 'friday']
const hours = (...time: [string, string][]): Hours => readHours({ days, time })
const times = (hours: Hours) => writeHours(hours).time

test('what was read is what is saved, in each form that the desk shows', () => {
  for (const given of [
    { days, time: 'any' },
    { days, time: [['09:00', '12:30'], ['13:00', '24:00']], timezone: 'Europe/London', holidays: ['2026-12-24', '2026-12-25'] },
  ]) expect(writeHours(readHours(given))).toEqual(given)
  expect(times(readHours({ days, time: ['09:00', '17:00'] }))).toEqual([['09:00', '17:00']])
})

test('days are in the order of the week', () => {
  expect(readHours({ days: ['sunday', 'tuesday'], time: 'any' }).days).toEqual(['tuesday', 'sunday'])
})

test('times are minutes of the day', () => {
  expect([minuteOf('00:00'), minuteOf('09:30'), minuteOf('24:00')]).toEqual([0, 570, 1_440])
  expect([minuteOf(''), minuteOf('9:30'), minuteOf('24:01'), minuteOf('10:60')]).toEqual([null, null, null, null])
  expect([timeOf(0), timeOf(570), timeOf(1_440)]).toEqual(['00:00', '09:30', '24:00'])
  expect([endOf('00:00'), endOf('17:00')]).toEqual(['24:00', '17:00'])
})

test('a span that ends before it begins, overlaps an earlier one or is incomplete is said to', () => {
  const { spans } = hours(['09:00', '12:00'], ['11:00', '14:00'], ['18:00', '17:00'], ['', '20:00'], ['14:00', '15:00'])
  expect(spans.map((span) => faultOf(span, spans))).toEqual([null, 'overlaps', 'backwards', 'incomplete', null])
})

test('open times that touch or overlap are one', () => {
  expect(openTimes(hours(['13:00', '17:00'], ['09:00', '12:00'], ['12:00', '13:00']))).toEqual([[540, 1_020]])
  expect(openMinutes(hours(['09:00', '12:30'], ['13:00', '17:00']))).toBe(7.5 * 60)
  expect(openTimes({ ...officeHours(), isAllDay: true })).toEqual([[0, 1_440]])
})

test('one more span stands where the day has room', () => {
  const next = (hours: Hours) => {
    const span = nextSpan(hours)
    return span && [span.from, span.to]
  }
  expect(next(hours(['09:00', '12:00']))).toEqual(['13:00', '16:00'])
  expect(next(hours(['09:00', '21:30']))).toEqual(['22:30', '24:00'])
  expect(next(hours(['09:00', '23:30']))).toEqual(['05:00', '09:00'])
  expect(next({ ...officeHours(), isAllDay: true })).toBe(null)
})

test('a break is taken at noon, and once', () => {
  expect(times(withBreak(hours(['09:00', '17:00'])))).toEqual([['09:00', '12:00'], ['13:00', '17:00']])
  expect(times(withBreak(hours(['14:00', '22:00'])))).toEqual([['14:00', '17:00'], ['18:00', '22:00']])
  const broken = hours(['09:00', '12:00'], ['13:00', '17:00'])
  expect(withBreak(broken)).toBe(broken)
})

test('sweeping over closed time opens it, and over open time closes it, in either direction', () => {
  expect(times(sweep(hours(['09:00', '12:00']), 13 * 60, 17 * 60))).toEqual([['09:00', '12:00'], ['13:00', '17:00']])
  expect(times(sweep(hours(['09:00', '17:00']), 13 * 60, 12 * 60))).toEqual([['09:00', '12:00'], ['13:00', '17:00']])
  expect(times(sweep(hours(['09:00', '12:00'], ['13:00', '17:00']), 12 * 60, 13 * 60))).toEqual([['09:00', '17:00']])
  expect(times(sweep(readHours({ days, time: 'any' }), 0, 8 * 60))).toEqual([['08:00', '24:00']])
})
