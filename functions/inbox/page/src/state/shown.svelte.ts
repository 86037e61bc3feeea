import type { View } from '../api/types.ts'
import { t } from '../messages/index.ts'
import { readFilter, writeFilter, type Filter } from '../list/plan.ts'
import { readEdit, toFilter, writeEdit } from '../list/saved.ts'
import { builtInAt } from '../list/views.ts'
import { readAddress } from '../routes.ts'
import { router } from './router.svelte.ts'

/** Which list is on screen, read from its address: a saved view with what was edited about it, or plain filters. */
export class Shown {
  readonly #views: () => readonly View[]
  #route = $derived(readAddress(new URL(router.list || '/', location.origin)))

  /** The saved view, if the list is one. */
  view: View | undefined = $derived.by(() => {
    const route = this.#route
    return route.name === 'view' ? this.#views().find(({ short_id }) => short_id === route.view) : undefined
  })
  filter: Filter = $derived.by(() => {
    const query = router.list.split('?')[1] ?? ''
    return this.view ? readEdit(toFilter(this.view.filters), query) : readFilter(query)
  })
  isEdited: boolean = $derived(this.view !== undefined && writeEdit(toFilter(this.view.filters), this.filter) !== '')
  title: string = $derived.by(() => {
    if (this.view) return this.view.name
    const found = this.#route.name === 'view' ? undefined : builtInAt(router.list)
    return found ? t.views[found.name] : t.views.found
  })

  constructor(views: () => readonly View[]) {
    this.#views = views
  }

  /** Shows the list by another filter. */
  show(filter: Filter, how: { replace?: boolean } = {}) {
    const query = this.view ? writeEdit(toFilter(this.view.filters), filter) : writeFilter(filter)
    router.goList(router.list.split('?')[0] + (query && `?${query}`), how)
  }
}
