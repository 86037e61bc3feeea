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

/** Those of the changed rows that have other neighbours than before. */
function movedAmong(
  rows: readonly string[],
  merged: readonly string[],
  now: ReadonlySet<string>,
  changed: ReadonlySet<string>,
): string[] {
  if (changed.size === 0) return []
  const kept = rows.filter((id) => now.has(id))
  const stayed = new Set(rows)
  const known = merged.filter((id) => stayed.has(id))
  return known.filter((id, index) => changed.has(id) && kept[index] !== id)
}
