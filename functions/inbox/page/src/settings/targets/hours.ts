// Business hours: on which days time counts, and between which times. All open days have the same times, as the API has it.
// Times are minutes of the day by the zone's wall clock. Pure.

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export type Day = (typeof DAYS)[number]

/** Times as `HH:MM`. Only an end may be 24:00. */
export type Span = { id: string; from: string; to: string }

export type Hours = {
  days: Day[]
  /** Time counts around the clock; the spans are kept for whoever turns that off again. */
  isAllDay: boolean
  spans: Span[]
  /** Empty for the project's own. */
  zone: string
  /** As `YYYY-MM-DD`, in order. */
  holidays: string[]
}

/** What the API takes and shows. */
export type GivenHours = { days: string[]; time: unknown; timezone?: string; holidays?: string[] }

export const DAY_MINUTES = 24 * 60
/** The API takes so many. */
export const MOST_SPANS = 24

export const newId = (): string => crypto.randomUUID()
const span = (from: string, to: string): Span => ({ id: newId(), from, to })

export const officeHours = (): Hours => ({ days: DAYS.slice(0, 5), isAllDay: false, spans: [span('09:00', '17:00')], zone: '', holidays: [] })

export function readHours({ days, time, timezone, holidays }: GivenHours): Hours {
  const isAllDay = time === 'any'
  return {
    days: DAYS.filter((day) => days.includes(day)),
    isAllDay,
    spans: isAllDay ? officeHours().spans : pairs(time).map(([from, to]) => span(from, to)),
    zone: timezone ?? '',
    holidays: [...(holidays ?? [])].sort(),
  }
}

function pairs(time: unknown): [string, string][] {
  if (!Array.isArray(time)) return []
  return (Array.isArray(time[0]) ? time : [time]) as [string, string][]
}

/** Spans go in order, so that the desk's complaint about one names the control in which it is. */
export function writeHours({ days, isAllDay, spans, zone, holidays }: Hours): GivenHours {
  return {
    days: DAYS.filter((day) => days.includes(day)),
    time: isAllDay ? 'any' : spans.map(({ from, to }) => [from, to]),
    ...(zone && { timezone: zone }),
    ...(holidays.length > 0 && { holidays }),
  }
}

/** The minute of the day, or null for what is no time. */
export function minuteOf(time: string): number | null {
  const found = /^(\d\d):(\d\d)$/.exec(time)
  const minute = found ? Number(found[1]) * 60 + Number(found[2]) : null
  return minute !== null && minute <= DAY_MINUTES && Number(found?.[2]) < 60 ? minute : null
}

export const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** A field for times knows no 24:00: as an end, midnight is the day's. */
export const endOf = (typed: string): string => (typed === '00:00' ? '24:00' : typed)

export type Fault = 'incomplete' | 'backwards' | 'overlaps'

/** What is wrong with a span among the others. */
export function faultOf(span: Span, spans: readonly Span[]): Fault | null {
  const [from, to] = [minuteOf(span.from), minuteOf(span.to)]
  if (from === null || to === null) return 'incomplete'
  if (from >= to) return 'backwards'
  const earlier = openTimes({ ...officeHours(), spans: spans.slice(0, spans.findIndex(({ id }) => id === span.id)) })
  return earlier.some(([a, b]) => a < to && from < b) ? 'overlaps' : null
}

/** The open times of a day in minutes, in order; those that touch are one. */
export function openTimes({ isAllDay, spans }: Hours): [number, number][] {
  if (isAllDay) return [[0, DAY_MINUTES]]
  const times = spans
    .map(({ from, to }) => [minuteOf(from), minuteOf(to)] as const)
    .filter((pair): pair is [number, number] => pair[0] !== null && pair[1] !== null && pair[0] < pair[1])
    .sort(([a], [b]) => a - b)
  const joined: [number, number][] = []
  for (const [from, to] of times) {
    const last = joined.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

export const openMinutes = (hours: Hours): number => openTimes(hours).reduce((sum, [from, to]) => sum + to - from, 0)

/** One more span, where the day has room: after the last one, else before the first. Null if there is none. */
export function nextSpan(hours: Hours): Span | null {
  const open = openTimes(hours)
  const [first, last] = [open[0], open.at(-1)]
  if (!first || !last) return span('09:00', '17:00')
  if (last[1] + 120 <= DAY_MINUTES) return span(timeOf(last[1] + 60), timeOf(Math.min(last[1] + 4 * 60, DAY_MINUTES)))
  return first[0] >= 60 ? span(timeOf(Math.max(0, first[0] - 4 * 60)), timeOf(first[0])) : null
}

/** The same hours with a break at noon, or in the middle of a day that does not reach over it. */
export function withBreak(hours: Hours): Hours {
  const open = openTimes(hours)
  const [only] = open
  if (open.length !== 1 || !only || only[1] - only[0] < 3 * 60) return hours
  const noon = only[0] < 12 * 60 && only[1] > 13 * 60 ? 12 * 60 : Math.round((only[0] + only[1]) / 120) * 60 - 60
  return { ...hours, isAllDay: false, spans: [span(timeOf(only[0]), timeOf(noon)), span(timeOf(noon + 60), timeOf(only[1]))] }
}

/** Opens or closes what was swept over: what is swept from open time on is closed, all else is opened. */
export function sweep(hours: Hours, from: number, to: number): Hours {
  const [begin, end] = from <= to ? [from, to] : [to, from]
  const open = openTimes(hours)
  const isOpen = open.some(([a, b]) => a <= begin && end <= b)
  const left: [number, number][] = isOpen
    ? open.flatMap(([a, b]) => [[a, Math.min(b, begin)], [Math.max(a, end), b]] as [number, number][]).filter(([a, b]) => a < b)
    : [...open, [begin, end]]
  const spans = left.map(([a, b]) => span(timeOf(a), timeOf(b)))
  return { ...hours, isAllDay: false, spans: openTimes({ ...hours, isAllDay: false, spans }).map(([a, b]) => span(timeOf(a), timeOf(b))) }
}
