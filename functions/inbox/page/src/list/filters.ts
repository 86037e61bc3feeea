// The filters of a list as chips: each is one or two parameters of the API. Pure.
import type { Filter, Parameter } from './plan.ts'

export const FACETS = [
  'status', 'priority', 'assignee', 'sla', 'channel_source', 'tags', 'tags_all', 'tags_exclude', 'created', 'updated', 'snoozed',
] as const
export type Facet = (typeof FACETS)[number]
export type TagFacet = Extract<Facet, 'tags' | 'tags_all' | 'tags_exclude'>
export type DateFacet = Extract<Facet, 'created' | 'updated'>

export const TAG_FACETS: readonly TagFacet[] = ['tags', 'tags_all', 'tags_exclude']

const DATES: Record<DateFacet, [Parameter, Parameter]> = {
  created: ['date_from', 'date_to'],
  updated: ['updated_from', 'updated_to'],
}

export const isTagFacet = (facet: Facet): facet is TagFacet => (TAG_FACETS as readonly Facet[]).includes(facet)
export const isDateFacet = (facet: Facet): facet is DateFacet => facet === 'created' || facet === 'updated'

const parametersOf = (facet: Facet): readonly Parameter[] => (isDateFacet(facet) ? DATES[facet] : [facet])

export const isSet = (filter: Filter, facet: Facet): boolean => parametersOf(facet).some((name) => filter[name])

/** The filters that are set, in their fixed order. */
export const setFacets = (filter: Filter): Facet[] => FACETS.filter((facet) => isSet(filter, facet))

export function without(filter: Filter, facet: Facet): Filter {
  const rest = { ...filter }
  for (const name of parametersOf(facet)) delete rest[name]
  return rest
}

/** The chosen values: words between commas, or tags as JSON, since a tag may hold a comma. */
export function valuesOf(filter: Filter, facet: Facet): string[] {
  const value = filter[parametersOf(facet)[0]!]
  if (!value) return []
  return isTagFacet(facet) ? readTags(value) : value.split(',').filter(Boolean)
}

export function withValues(filter: Filter, facet: Facet, values: readonly string[]): Filter {
  const rest = without(filter, facet)
  if (values.length === 0) return rest
  return { ...rest, [parametersOf(facet)[0]!]: isTagFacet(facet) ? JSON.stringify(values) : values.join(',') }
}

/** Chooses a value, or takes it back. */
export function toggled(filter: Filter, facet: Facet, value: string): Filter {
  const values = valuesOf(filter, facet)
  return withValues(filter, facet, values.includes(value) ? values.filter((other) => other !== value) : [...values, value])
}

/** The same tags, asked for in another way: any, all, or none of them. */
export const movedTags = (filter: Filter, from: TagFacet, to: TagFacet): Filter =>
  withValues(without(filter, from), to, [...new Set([...valuesOf(filter, to), ...valuesOf(filter, from)])])

export type Range = { from: string | null; to: string | null }

export const rangeOf = (filter: Filter, facet: DateFacet): Range => {
  const [from, to] = DATES[facet]
  return { from: filter[from] ?? null, to: filter[to] ?? null }
}

export function withRange(filter: Filter, facet: DateFacet, { from, to }: Range): Filter {
  const [fromName, toName] = DATES[facet]
  return { ...without(filter, facet), ...(from && { [fromName]: from }), ...(to && { [toName]: to }) }
}

/** A day of the agent's calendar, as the time in UTC at which it begins, or ends. */
export function startOfDay(date: string): string | null {
  const at = new Date(`${date}T00:00:00`)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

export function endOfDay(date: string): string | null {
  const at = new Date(`${date}T23:59:59.999`)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

/** The day of a time, as a date field wants it; empty for a relative one. */
export function dayOf(time: string | null): string {
  const at = time === null ? NaN : Date.parse(time)
  if (Number.isNaN(at)) return ''
  const date = new Date(at)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

function readTags(value: string): string[] {
  try {
    const tags: unknown = JSON.parse(value)
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : []
  } catch {
    return []
  }
}

/** What a search may mean beside what it finds: `12` and `#12` name a ticket. */
export function numberIn(search: string): number | null {
  const digits = /^\s*#?\s*([1-9]\d{0,9})\s*$/.exec(search)?.[1]
  return digits === undefined ? null : Number(digits)
}
