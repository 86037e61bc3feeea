// What of a session a recording is worth looking at for. Pure.
import type { Context, SeenEvent } from '../api/types.ts'
import { pathOf } from './events.ts'
import type { SeenMark } from './panels.ts'

/** Page views and errors; an error that came more than once is marked where it came first and last. */
export function marksOf({ events, errors }: Pick<Context, 'events' | 'errors'>): SeenMark[] {
  const pages = events.results.filter(({ event }) => event === '$pageview').map((event) => ({ at: event.at, kind: 'page' as const, label: labelOf(event) }))
  const thrown = errors.results.flatMap(({ type, message, first_at: first, last_at: last }) =>
    [...new Set([first, last])].map((at) => ({ at, kind: 'error' as const, label: [type, message].filter(Boolean).join(': ') })),
  )
  return [...pages, ...thrown].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

const labelOf = ({ url, event }: SeenEvent) => pathOf(url) || event
