// The dates on which no time counts. Pure.

/** The API takes so many. */
export const MOST_HOLIDAYS = 100

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`))

/** Both lists as one in order, and how many of the new ones are in it now: more than the API takes are left out. */
export function withHolidays(known: readonly string[], found: readonly string[]): { dates: string[]; added: number; left: number } {
  const fresh = [...new Set(found)].filter((date) => isDate(date) && !known.includes(date)).sort()
  const taken = fresh.slice(0, Math.max(0, MOST_HOLIDAYS - known.length))
  return { dates: [...known, ...taken].sort(), added: taken.length, left: fresh.length - taken.length }
}

export const without = (known: readonly string[], date: string): string[] => known.filter((other) => other !== date)

/** Those that are still to come, today with them. */
export const upcoming = (known: readonly string[], today: string): string[] => known.filter((date) => date >= today)

/** By year, in order, for a list that is read. */
export function byYear(dates: readonly string[]): [string, string[]][] {
  const years = new Map<string, string[]>()
  for (const date of dates) years.set(date.slice(0, 4), [...(years.get(date.slice(0, 4)) ?? []), date])
  return [...years]
}
