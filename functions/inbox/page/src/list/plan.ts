// What the list asks the desk for. Every filter is the desk's own, under the API's own parameter name.
import type { Role } from '../api/types.ts'
import { compareBy, type Compare } from './order.ts'

export const PARAMETERS = [
  'status', 'priority', 'channel_source', 'channel_detail', 'assignee', 'date_from', 'date_to', 'updated_from',
  'updated_to', 'distinct_ids', 'sla', 'snoozed', 'tags', 'tags_all', 'tags_exclude', 'search', 'order_by', 'view',
] as const
export type Parameter = (typeof PARAMETERS)[number]
export type Filter = Partial<Record<Parameter, string>>

export const NEWEST_CHANGE = '-updated_at'

/** One list that the desk is asked for. A plan's lanes are asked side by side and stand one below the other. */
export type Lane = { filter: Filter; compare: Compare }
/** `watch` is the filter by which the desk says whether a changed ticket belongs here. */
export type Plan = { isQueue: boolean; lanes: Lane[]; watch: Filter; order: string }

/** The known parameters of an address's query; everything else is left out. */
export function readFilter(query: string): Filter {
  const given = new URLSearchParams(query)
  const filter: Filter = {}
  for (const name of PARAMETERS) {
    const value = given.get(name)
    if (value) filter[name] = value
  }
  return filter
}

export const writeFilter = (filter: Filter): string => {
  const query = new URLSearchParams()
  for (const name of PARAMETERS) if (filter[name]) query.set(name, filter[name])
  // Commas and colons may stand in a query as they are; people read these addresses.
  return query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
}

export function planFor(filter: Filter, mine: { user: number; roles: Role[] }): Plan {
  if (Object.keys(filter).length === 0) return nextUp(mine)
  const order = filter.order_by ?? NEWEST_CHANGE
  return { isQueue: false, lanes: [{ filter: { ...filter, order_by: order }, compare: compareBy(order) }], watch: filter, order }
}

/**
 * The queue in the order to work in: what has a deadline, the nearest first; then what has none, the longest untouched
 * first. It holds what is mine, my roles', or nobody's.
 */
function nextUp({ user, roles }: { user: number; roles: Role[] }): Plan {
  const ours = roles.filter((role) => role.members.includes(user)).map((role) => `role:${role.id}`)
  const watch: Filter = { status: 'new,open', snoozed: 'false', assignee: ['me', 'unassigned', ...ours].join(',') }
  const lane = (sla: string, order: string): Lane => ({ filter: { ...watch, sla, order_by: order }, compare: compareBy(order) })
  return {
    isQueue: true,
    lanes: [lane('breached,at-risk,on-track', 'sla_due_at'), lane('none', 'updated_at')],
    watch,
    order: 'sla_due_at',
  }
}

/** Which lane of a plan a ticket stands in. */
export const laneOf = (plan: Plan, standing: string): number =>
  plan.isQueue && (standing === 'none' || standing === 'paused') ? 1 : 0
