// Where tickets stand in a list, and what changes of tickets do to it. Pure: nothing here knows of the page.
import type { Ticket } from '../api/types.ts'

export type Compare = (a: Ticket, b: Ticket) => number

// The desk writes all times alike, in UTC and to the microsecond, so that they are in order as texts.
const FIELDS: Record<string, (ticket: Ticket) => string | number | null> = {
  updated_at: (ticket) => ticket.updated_at,
  created_at: (ticket) => ticket.created_at,
  ticket_number: (ticket) => ticket.ticket_number,
  sla_due_at: (ticket) => ticket.sla.due_at ?? null,
}

/** The order that the API calls `order_by`. Tickets without a value stand last; equal ones go by number. */
export function compareBy(order: string): Compare {
  const backwards = order.startsWith('-')
  const field = FIELDS[backwards ? order.slice(1) : order] ?? FIELDS['updated_at']!
  const sign = backwards ? -1 : 1
  return (a, b) => {
    const [x, y] = [field(a), field(b)]
    if (x === y) return sign * (a.ticket_number - b.ticket_number)
    if (x === null) return 1
    if (y === null) return -1
    return x < y ? -sign : sign
  }
}

export type Arrival = { id: string; matches: boolean }
export type Arranged = { rows: string[]; added: string[]; moved: string[]; gone: string[] }

/**
 * What a list becomes when some tickets changed. `rows` are in order but for the changed ones. A list that goes on behind
 * its last row takes no ticket from beyond it: the next page brings that one.
 */
export function arrange(
  rows: readonly string[],
  arrivals: readonly Arrival[],
  ticket: (id: string) => Ticket | undefined,
  compare: Compare,
  isWhole: boolean,
): Arranged {
  const arrived = new Map(arrivals.map((arrival) => [arrival.id, arrival]))
  const before = new Set<string>()
  const gone: string[] = []
  const stay = rows.filter((id) => {
    const arrival = arrived.get(id)
    if (!arrival) return true
    before.add(id)
    if (!arrival.matches) gone.push(id)
    return false
  })
  const coming = arrivals
    .filter((arrival) => arrival.matches)
    .map((arrival) => ticket(arrival.id))
    .filter((found) => found !== undefined)
    .sort(compare)
  const last = stay.length > 0 ? ticket(stay[stay.length - 1]!) : undefined
  const merged: string[] = []
  let at = 0
  for (const next of coming) {
    while (at < stay.length) {
      const standing = ticket(stay[at]!)
      if (standing && compare(next, standing) < 0) break
      merged.push(stay[at++]!)
    }
    const isBeyond = at === stay.length && !isWhole && last !== undefined && !before.has(next.id)
    if (!isBeyond) merged.push(next.id)
  }
  for (; at < stay.length; at++) merged.push(stay[at]!)
  const now = new Set(merged)
  return {
    rows: merged,
    added: coming.filter((next) => !before.has(next.id) && now.has(next.id)).map((next) => next.id),
    moved: movedAmong(rows, merged, now, before),
    gone,
  }
}

/**
 * Those of the changed rows that stand elsewhere among the others than before. A row is not moved by others that pass it, so
 * of the changed ones as many as possible count as standing still.
 */
function movedAmong(
  rows: readonly string[],
  merged: readonly string[],
  now: ReadonlySet<string>,
  changed: ReadonlySet<string>,
): string[] {
  if (changed.size === 0) return []
  const stayed = new Set(rows)
  const before = amongUnchanged(rows.filter((id) => now.has(id)), changed)
  const after = amongUnchanged(merged.filter((id) => stayed.has(id)), changed)
  const placeOf = new Map([...before.keys()].map((id, place) => [id, place]))
  const here = [...after.keys()].filter((id) => before.get(id) === after.get(id))
  const still = new Set(longestRising(here, (id) => placeOf.get(id)!))
  return [...after.keys()].filter((id) => !still.has(id))
}

/** How many unchanged rows stand before each changed one, in the order of the rows. */
function amongUnchanged(rows: readonly string[], changed: ReadonlySet<string>): Map<string, number> {
  const found = new Map<string, number>()
  let unchanged = 0
  for (const id of rows) {
    if (changed.has(id)) found.set(id, unchanged)
    else unchanged += 1
  }
  return found
}

/** The most of the ids that stand in rising order of their places. */
function longestRising(ids: readonly string[], placeOf: (id: string) => number): string[] {
  type Run = { id: string; length: number; before: Run | null }
  const runs: Run[] = []
  for (const id of ids) {
    const lower = runs.filter((run) => placeOf(run.id) < placeOf(id))
    const before = lower.reduce<Run | null>((best, run) => (best === null || run.length > best.length ? run : best), null)
    runs.push({ id, length: (before?.length ?? 0) + 1, before })
  }
  let run = runs.reduce<Run | null>((best, each) => (best === null || each.length > best.length ? each : best), null)
  const found: string[] = []
  for (; run; run = run.before) found.push(run.id)
  return found
}
