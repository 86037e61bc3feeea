import { router } from '../state/router.svelte.ts'
import { readFilter, writeFilter, type Filter } from './plan.ts'

/** The filter of the list on screen. */
export const currentFilter = (): Filter => readFilter(router.list.split('?')[1] ?? '')

/** Shows the list by another filter. */
export function showFilter(filter: Filter, how: { replace?: boolean } = {}) {
  const query = writeFilter(filter)
  router.goList(router.list.split('?')[0] + (query && `?${query}`), how)
}
