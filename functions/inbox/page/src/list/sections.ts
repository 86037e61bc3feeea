// The queue's sections: what is due first stands first. Pure.
import type { Priority, Ticket } from '../api/types.ts'
import { standingAt } from './standing.ts'

export const SECTIONS = ['breached', 'at_risk', 'today', 'later', 'none'] as const
export type Section = (typeof SECTIONS)[number]
export type Place = { section: Section; rank: number }

/** Where priority may come before the deadline: elsewhere nothing presses. */
const PRESSING: readonly Section[] = ['breached', 'at_risk']
/** Nobody has judged a ticket without a priority yet, so it stands with the medium ones. */
const RANK: Record<Priority, number> = { high: 0, medium: 1, low: 2 }

/** Where a ticket stands in the queue now. The day is the agent's own. */
export function placeOf(ticket: Ticket, now: number): Place {
  const rank = ticket.priority ? RANK[ticket.priority] : RANK.medium
  return { section: sectionOf(ticket, now), rank }
}

function sectionOf(ticket: Ticket, now: number): Section {
  const standing = standingAt(ticket, now)
  if (standing === 'breached' || standing === 'at_risk') return standing
  if (standing !== 'on_track') return 'none'
  return Date.parse(ticket.sla.due_at ?? '') < endOfDay(now) ? 'today' : 'later'
}

function endOfDay(now: number): number {
  const day = new Date(now)
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime()
}

export type Item = { is: 'row'; id: string } | { is: 'section'; section: Section; count: number; hasMore: boolean }

/** Loaded rows of one lane of the queue, in the desk's order; `hasMore` if the desk has more of them. */
export type LaneRows = { rows: readonly string[]; hasMore: boolean }

/** The queue as it is shown: its sections, each with its rows. */
export function inSections(lanes: readonly LaneRows[], placeOfRow: (id: string) => Place, priorityFirst: boolean): Item[] {
  const rows = new Map<Section, string[]>(SECTIONS.map((section) => [section, []]))
  const unfinished = new Set<Section>()
  for (const lane of lanes) {
    let last: Section | undefined
    for (const id of lane.rows) {
      last = placeOfRow(id).section
      rows.get(last)!.push(id)
    }
    if (lane.hasMore && last !== undefined) unfinished.add(last)
  }
  return SECTIONS.flatMap((section): Item[] => {
    const ids = rows.get(section)!
    if (ids.length === 0) return []
    const sorted = priorityFirst && PRESSING.includes(section) ? ids.toSorted((a, b) => placeOfRow(a).rank - placeOfRow(b).rank) : ids
    const head: Item = { is: 'section', section, count: ids.length, hasMore: unfinished.has(section) }
    return [head, ...sorted.map((id): Item => ({ is: 'row', id }))]
  })
}
