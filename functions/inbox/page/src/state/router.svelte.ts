import { address, readAddress, type Route } from '../routes.ts'

/** What the history keeps with an address: the list that stands beside a ticket. */
type Kept = { list?: string }

/** Answers true to hold back that another place is shown; `go` then goes there after all. */
type Hold = (to: Route, go: () => void) => boolean

class Router {
  route = $state.raw<Route>(readAddress(new URL(location.href)))
  /** The address of the list that is shown, also while a ticket is open. */
  list = $state.raw<string>(listOf(this.route) ?? kept().list ?? '')

  #hold: Hold | null = null

  constructor() {
    addEventListener('popstate', () => this.#goBack())
  }

  /** What is on screen may have to be asked before it is left, until the answer is called. */
  hold(hold: Hold): () => void {
    this.#hold = hold
    return () => (this.#hold = null)
  }

  #isHeld(to: Route, how: { replace?: boolean }): boolean {
    const goOn = () => {
      this.#hold = null
      this.go(to, how)
    }
    return this.#hold?.(to, goOn) ?? false
  }

  /** Whether the drafts stand where else a list does. */
  get isDrafts(): boolean {
    return this.list.endsWith('/drafts')
  }

  go(route: Route, how: { replace?: boolean } = {}) {
    const to = address(route)
    if (to === location.pathname + location.search + location.hash || this.#isHeld(route, how)) return
    const state: Kept = { list: listOf(route) ?? this.list }
    if (how.replace) history.replaceState(state, '', to)
    else history.pushState(state, '', to)
    this.#arrive()
  }

  /** Shows another list. An open ticket stays open beside it. */
  goList(to: string, how: { replace?: boolean } = {}) {
    if (this.route.name !== 'ticket') return this.go(readAddress(new URL(to, location.origin)), how)
    history.replaceState({ list: to } satisfies Kept, '')
    this.list = to
  }

  /** The browser has gone already, so what is held back is put on top of the history again. */
  #goBack() {
    const to = readAddress(new URL(location.href))
    if (!this.#isHeld(to, {})) return this.#arrive()
    history.pushState({ list: this.list } satisfies Kept, '', address(this.route))
  }

  #arrive() {
    this.route = readAddress(new URL(location.href))
    this.list = listOf(this.route) ?? kept().list ?? this.list
  }
}

const kept = () => (history.state ?? {}) as Kept

const listOf = (route: Route) => (['queue', 'view', 'drafts'].includes(route.name) ? address(route) : undefined)

export const router = new Router()

/** Follows links inside the page without loading it anew; a new tab or window stays the browser's. */
export function followLink(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element).closest('a')
  if (!link || link.target || link.origin !== location.origin) return
  const route = readAddress(new URL(link.href))
  if (route.name === 'unknown' || route.name === 'home') return
  event.preventDefault()
  router.go(route)
}
