// How long before or after the message something happened. Pure.

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const two = (n: number) => String(n).padStart(2, '0')

/** Whole seconds from the message; those before it are negative. A time that can't be read is null. */
export function secondsFrom(message: string, at: string): number | null {
  const milliseconds = Date.parse(at) - Date.parse(message)
  return Number.isFinite(milliseconds) ? Math.trunc(milliseconds / 1_000) : null
}

/** Such as "−0:42", "0:00", "+5:00", "−1:02:03", "+2d 3h". */
export function offset(seconds: number): string {
  const whole = Math.abs(seconds)
  const sign = seconds < 0 ? '−' : whole > 0 ? '+' : ''
  if (whole >= DAY) return `${sign}${Math.floor(whole / DAY)}d ${Math.floor((whole % DAY) / HOUR)}h`
  const minutes = Math.floor((whole % HOUR) / MINUTE)
  const rest = two(whole % MINUTE)
  return whole >= HOUR ? `${sign}${Math.floor(whole / HOUR)}:${two(minutes)}:${rest}` : `${sign}${minutes}:${rest}`
}

export type Part = { n: number; unit: 'day' | 'hour' | 'minute' | 'second' }

/** The two largest units of a length of time, to be said in words; none of a length under a second. */
export function unitsOf(seconds: number): Part[] {
  const whole = Math.abs(seconds)
  const all: Part[] = [
    { n: Math.floor(whole / DAY), unit: 'day' },
    { n: Math.floor((whole % DAY) / HOUR), unit: 'hour' },
    { n: Math.floor((whole % HOUR) / MINUTE), unit: 'minute' },
    { n: whole % MINUTE, unit: 'second' },
  ]
  const first = all.findIndex(({ n }) => n > 0)
  return first < 0 ? [] : all.slice(first, first + 2).filter(({ n }) => n > 0)
}
