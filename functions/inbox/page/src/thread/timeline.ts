// What stands in a thread, from top to bottom: days, gaps, messages, the line before what is new, and changes.
import type { Activity, Message } from '../api/types.ts'

export type Entry =
  | { is: 'day'; key: string; at: string }
  | { is: 'gap'; key: string; days: number }
  | { is: 'new'; key: string }
  | { is: 'message'; key: string; message: Message; at: number }
  | { is: 'change'; key: string; change: Activity }

const DAY_MS = 24 * 60 * 60_000

const isOfCustomer = (message: Message) => !message.is_private && message.author_type === 'customer'

/** The first of the last `count` messages that the customer wrote. */
export function firstUnread(messages: readonly Message[], count: number): string | null {
  if (count <= 0) return null
  const unread = messages.filter(isOfCustomer).slice(-count)
  return unread[0]?.id ?? null
}

/** Where a thread opens: at what is new, else where the agent left it, else at its end. */
export function opensAt(firstNew: string | null, left: number | null): { is: 'new' } | { is: 'left'; top: number } | { is: 'end' } {
  if (firstNew !== null) return { is: 'new' }
  return left === null ? { is: 'end' } : { is: 'left', top: left }
}

type Timed = { at: string; message: Message; index: number } | { at: string; change: Activity }

export function timeline(messages: readonly Message[], changes: readonly Activity[], firstNew: string | null, hasEarlier: boolean): Entry[] {
  // Changes from before the first loaded message come when the earlier ones do.
  const from = hasEarlier ? messages[0]?.created_at : undefined
  const shown = changes.filter((change) => from === undefined || change.created_at >= from)
  const all: Timed[] = [
    ...messages.map((message, index) => ({ at: message.created_at, message, index })),
    ...shown.map((change) => ({ at: change.created_at, change })),
  ].sort((a, b) => a.at.localeCompare(b.at))
  const entries: Entry[] = []
  let before: string | null = null
  for (const one of all) {
    entries.push(...between(before, one.at))
    before = one.at
    if ('change' in one) {
      entries.push({ is: 'change', key: `c-${one.change.id}`, change: one.change })
      continue
    }
    if (one.message.id === firstNew) entries.push({ is: 'new', key: 'new' })
    entries.push({ is: 'message', key: one.message.id, message: one.message, at: one.index })
  }
  return entries
}

/** A heading for each day, and a word on the days in which nothing happened. */
function between(before: string | null, at: string): Entry[] {
  const day = startOfDay(at)
  if (before === null) return [{ is: 'day', key: `d-${day}`, at }]
  const last = startOfDay(before)
  if (day === last) return []
  // A day may have 23 or 25 hours.
  const days = Math.round((day - last) / DAY_MS)
  const heading: Entry = { is: 'day', key: `d-${day}`, at }
  return days > 1 ? [{ is: 'gap', key: `g-${day}`, days }, heading] : [heading]
}

function startOfDay(at: string): number {
  const day = new Date(at)
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime()
}
