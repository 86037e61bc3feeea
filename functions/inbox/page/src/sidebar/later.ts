// The usual times at which a snoozed ticket comes back or an answer is due, in the project's zone. Pure.
import { CalendarDateTime, fromAbsolute, parseDateTime, toCalendarDate, toZoned, type ZonedDateTime } from '@internationalized/date'

export const PRESETS = ['hours', 'tomorrow', 'monday'] as const
export const DEADLINES = ['hour', 'fourHours', 'tomorrow', 'monday'] as const
export type Preset = (typeof PRESETS)[number] | (typeof DEADLINES)[number]

const HOURS: Partial<Record<Preset, number>> = { hour: 1, hours: 3, fourHours: 4 }
const MORNING = 9
const MONDAY = 1

export function presetAt(preset: Preset, now: number, zone: string): Date {
  const here = fromAbsolute(now, zone)
  const hours = HOURS[preset]
  if (hours !== undefined) return here.add({ hours }).toDate()
  const day = toCalendarDate(here)
  const weekday = day.toDate('UTC').getUTCDay()
  const days = preset === 'tomorrow' ? 1 : (MONDAY - weekday + 7) % 7 || 7
  const { year, month, day: date } = day.add({ days })
  return toZoned(new CalendarDateTime(year, month, date, MORNING), zone).toDate()
}

/** Whether a time is so many hours ahead, and so the same in every zone. */
export const isInHours = (preset: Preset): boolean => preset in HOURS

/** What a date field holds, such as `2026-11-30T09:00`, read in a zone; null for what is no time. */
export function readField(text: string, zone: string): Date | null {
  try {
    return toZoned(parseDateTime(text), zone).toDate()
  } catch {
    return null
  }
}

/** A time as a date field wants it. */
export function writeField(at: number, zone: string): string {
  const { year, month, day, hour, minute }: ZonedDateTime = fromAbsolute(at, zone)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`
}
