// Times as people read them, in the agent's own zone.
import { t } from './index.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const relative = new Intl.RelativeTimeFormat(t.language, { numeric: 'always', style: 'narrow' })
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dateWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })

/** "now", "5m", "3h", "6d", then the date: an age that fits a row. */
export function age(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1_000))
  if (seconds < MINUTE) return 'now'
  if (seconds < HOUR || seconds >= 2 * HOUR) return seconds < 7 * DAY ? span(seconds) : shortDate(at, now)
  return '1h'
}

/** A length of time in its largest unit, such as "5m" or "3h". */
export function span(seconds: number): string {
  const whole = Math.abs(Math.trunc(seconds))
  if (whole < MINUTE) return `${whole}s`
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}m`
  if (whole < 2 * HOUR) return `${Math.floor(whole / HOUR)}h ${Math.floor((whole % HOUR) / MINUTE)}m`
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)}h`
  return `${Math.floor(whole / DAY)}d`
}

const COUNTED_BELOW = 10 * MINUTE

/** What is left of a time, or how long it is over: by the second when it is near. */
export function countdown(seconds: number): string {
  const whole = Math.abs(Math.trunc(seconds))
  const text = whole < COUNTED_BELOW ? `${Math.floor(whole / MINUTE)}:${String(whole % MINUTE).padStart(2, '0')}` : span(whole)
  return seconds < 0 ? `−${text}` : text
}

export const exact = (at: string): string => exactly.format(Date.parse(at))
export const time = (at: string | number): string => clock.format(typeof at === 'number' ? at : Date.parse(at))
export const day = (at: string): string => dayName.format(Date.parse(at))
export const ago = (seconds: number): string => relative.format(-Math.round(seconds / MINUTE), 'minute')

function shortDate(at: string, now: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? date : dateWithYear).format(Date.parse(at))
}
