// Saved views: their filters as the list's parameters and back, and what an address changes about one. Pure.
import { TAG_FACETS } from './filters.ts'
import { PARAMETERS, type Filter, type Parameter } from './plan.ts'

type Saved = Record<string, unknown>

const words = (value: unknown): string | undefined =>
  Array.isArray(value) ? value.filter((word) => typeof word === 'string').join(',') || undefined : undefined

const word = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value !== 'all' ? value : undefined

const list = (value: unknown): string | undefined => (Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : undefined)

/** The parameters that mean what a saved view keeps. */
export function toFilter(saved: Saved): Filter {
  const all: Filter = {
    ...given('status', words(saved['status'])),
    ...given('priority', words(saved['priority'])),
    ...given('channel_source', word(saved['channel'])),
    ...given('channel_detail', words(saved['channelDetail'])),
    ...given('sla', word(saved['sla'])),
    ...given('assignee', assigneesOf(saved['assignee'])),
    ...given(saved['tagsMatch'] === 'all' ? 'tags_all' : 'tags', list(saved['tags'])),
    ...given('tags_exclude', list(saved['tagsExclude'])),
    ...given('date_from', word(saved['dateFrom'])),
    ...given('date_to', word(saved['dateTo'])),
    ...given('search', word(saved['search'])),
    ...given('order_by', orderOf(saved['sorting'])),
  }
  return all
}

const given = (name: Parameter, value: string | undefined): Filter => (value === undefined ? {} : { [name]: value })

function assigneesOf(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined
  const keys = value.map((each: unknown) => {
    if (typeof each === 'string') return each
    const { type, id } = (each ?? {}) as { type?: string; id?: number | string }
    return type === undefined || id === undefined ? '' : `${type}:${id}`
  })
  return keys.filter(Boolean).join(',') || undefined
}

function orderOf(value: unknown): string | undefined {
  const { columnKey, order } = (value ?? {}) as { columnKey?: string; order?: number }
  return columnKey === undefined ? undefined : `${(order ?? 1) < 0 ? '-' : ''}${columnKey}`
}

/** What a view can keep of a filter, and the parameters that it cannot. */
export function toSaved(filter: Filter): { filters: Saved; lost: Parameter[] } {
  const lost: Parameter[] = (['updated_from', 'updated_to', 'distinct_ids', 'snoozed', 'view'] as const).filter((name) => filter[name])
  const channels = split(filter.channel_source)
  if (channels.length > 1) lost.push('channel_source')
  const deadlines = split(filter.sla)
  if (deadlines.length > 1) lost.push('sla')
  if (filter.tags && filter.tags_all) lost.push('tags_all')
  const [tags] = TAG_FACETS.slice(0, 2).flatMap((name) => (filter[name] ? [filter[name]] : []))
  const filters = {
    ...(filter.status && { status: split(filter.status) }),
    ...(filter.priority && { priority: split(filter.priority) }),
    ...(channels.length === 1 && { channel: channels[0] }),
    ...(filter.channel_detail && { channelDetail: split(filter.channel_detail) }),
    ...(deadlines.length === 1 && { sla: deadlines[0] }),
    ...(filter.assignee && { assignee: split(filter.assignee).map(assigneeIn) }),
    ...(tags && { tags: JSON.parse(tags) as unknown, tagsMatch: filter.tags ? 'any' : 'all' }),
    ...(filter.tags_exclude && { tagsExclude: JSON.parse(filter.tags_exclude) as unknown }),
    ...(filter.date_from && { dateFrom: filter.date_from }),
    ...(filter.date_to && { dateTo: filter.date_to }),
    ...(filter.search && { search: filter.search }),
    ...(filter.order_by && {
      sorting: { columnKey: filter.order_by.replace(/^-/, ''), order: filter.order_by.startsWith('-') ? -1 : 1 },
    }),
  }
  return { filters, lost }
}

const split = (value: string | undefined): string[] => value?.split(',').filter(Boolean) ?? []

function assigneeIn(key: string): unknown {
  const [, type, id] = /^(user|role):(.+)$/.exec(key) ?? []
  if (type === undefined || id === undefined) return key
  return { type, id: type === 'user' ? Number(id) : id }
}

/** What an address says beside a view's name: parameters that are other, and empty ones for those that are dropped. */
export function writeEdit(view: Filter, filter: Filter): string {
  const edits = PARAMETERS.filter((name) => (view[name] ?? '') !== (filter[name] ?? ''))
  return edits.map((name) => `${name}=${encodeURIComponent(filter[name] ?? '').replaceAll('%2C', ',').replaceAll('%3A', ':')}`).join('&')
}

export function readEdit(view: Filter, query: string): Filter {
  const filter = { ...view }
  const edits = new URLSearchParams(query)
  for (const name of PARAMETERS) {
    const value = edits.get(name)
    if (value) filter[name] = value
    else if (value === '') delete filter[name]
  }
  return filter
}
