import { untrack } from 'svelte'
import { follow, send } from '../api/client.ts'
import type { Page, Ticket } from '../api/types.ts'
import { tickets } from '../state/tickets.svelte.ts'
import { preferences } from '../state/preferences.svelte.ts'
import { arrange, type Arrival } from './order.ts'
import { laneOf, writeFilter, type Lane, type Plan } from './plan.ts'
import { Selection } from './selection.svelte.ts'
import { inSections, placeOf, type Item, type Place } from './sections.ts'

const PAGE = 50
/** How often a short page's `next` is followed by itself: the desk ends pages early where a filter finds little. */
const FOLLOWED = 3
/** How far before the end of what is loaded the next page is asked for. */
const ROWS_AHEAD = 20

/** `isPaused`: there is more, but much was looked through for little, so the agent says whether to go on. */
type Loaded = { rows: string[]; next: string | null; count: number; isExact: boolean; isPaused: boolean }
type State = { is: 'loading' } | { is: 'ready' } | { is: 'failed'; error: unknown }

const empty = (): Loaded => ({ rows: [], next: null, count: 0, isExact: true, isPaused: false })

/**
 * The rows of one list. Contents of rows change at once, since rows only name tickets; places change, and rows come or
 * go, only when nobody is looking at them: until then the news wait.
 */
export class TicketList {
  readonly plan: Plan
  readonly selection = new Selection()
  readonly #path: string
  #lanes = $state.raw<Loaded[]>([])
  #waiting = $state.raw(new Map<string, boolean>())
  /** Where each row of the queue stood when rows were last allowed to move. */
  #places = new Map<string, Place>()
  #loading = new Set<number>()
  #reload: Promise<void> | null = null
  #stop = new AbortController()
  state = $state.raw<State>({ is: 'loading' })
  loadedAt = $state.raw<number | null>(null)
  /** The rows on screen, so that they can be read again now and then. */
  inView: string[] = []
  /** How many rows came last without waiting; anew each time, since each time it is said. */
  came = $state.raw<{ count: number } | null>(null)
  /** Whether rows may move: the list is neither hovered nor focused nor scrolled away from the top. */
  isCalm = true

  /** What is shown, from top to bottom: rows, and in the queue the heads of its sections. */
  items = $derived.by((): Item[] => {
    if (!this.plan.isQueue) return this.#lanes.flatMap((lane) => lane.rows.map((id): Item => ({ is: 'row', id })))
    const lanes = this.#lanes.map(({ rows, next }) => ({ rows, hasMore: next !== null }))
    return inSections(lanes, (id) => this.#place(id), preferences.priorityFirst)
  })
  #itemAt = $derived(new Map(this.items.flatMap((item, at) => (item.is === 'row' ? [[item.id, at] as const] : []))))
  rows = $derived(this.items.flatMap((item) => (item.is === 'row' ? [item.id] : [])))
  count = $derived(this.#lanes.reduce((sum, lane) => sum + Math.max(lane.count, lane.rows.length), 0))
  isExact = $derived(this.#lanes.every((lane) => lane.isExact))
  hasMore = $derived(this.#lanes.some((lane) => lane.next !== null))
  isPaused = $derived(this.#lanes.some((lane) => lane.next !== null && lane.isPaused))
  isReadingOn = $state(false)
  /** The news that wait: how many rows would come, and how many would move or go. */
  news = $derived.by(() => {
    const arranged = this.#arrange()
    return {
      added: arranged.reduce((sum, lane) => sum + lane.added.length, 0),
      changed: arranged.reduce((sum, lane) => sum + lane.moved.length + lane.gone.length, 0),
    }
  })

  constructor(project: number, plan: Plan) {
    this.plan = plan
    this.#path = `/api/projects/${project}/conversations/tickets/`
  }

  /** Where a row stands among all items; -1 if it is not here. */
  itemOf(id: string): number {
    return this.#itemAt.get(id) ?? -1
  }

  /** Whether a row no longer belongs here and only waits to go. */
  hasLeft(id: string): boolean {
    return this.#waiting.get(id) === false
  }

  load(): Promise<void> {
    return (this.#reload ??= this.#load().finally(() => (this.#reload = null)))
  }

  async #load() {
    try {
      const lanes = await Promise.all(this.plan.lanes.map((lane) => this.#firstPage(lane)))
      this.#waiting = new Map()
      this.#places.clear()
      const before = this.rows
      this.#lanes = lanes
      // What is not read again yet may still be there.
      if (!this.hasMore) this.selection.without(before.filter((id) => this.itemOf(id) < 0))
      this.loadedAt = Date.now()
      this.state = { is: 'ready' }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.state = { is: 'failed', error }
    }
  }

  /** Says which item is the last in view: lanes that end not far behind it are read on. */
  reached(index: number) {
    for (const [at, lane] of this.#lanes.entries()) {
      const last = lane.rows.at(-1)
      if (lane.next === null || lane.isPaused) continue
      const end = last === undefined ? 0 : this.itemOf(last)
      if (index >= end - ROWS_AHEAD) void this.#readOn(at, lane, lane.next)
    }
  }

  /** Looks on where it stopped for having found little. */
  async searchFurther() {
    const paused = [...this.#lanes.entries()].filter(([, lane]) => lane.isPaused)
    await Promise.all(paused.map(([at, lane]) => lane.next !== null && this.#readOn(at, lane, lane.next)))
  }

  async #readOn(at: number, lane: Loaded, next: string) {
    if (this.#loading.has(at)) return
    this.#loading.add(at)
    this.isReadingOn = true
    try {
      const page = await this.#readOver(follow<Ticket>(next, this.#stop.signal))
      const now = this.#lanes[at] ?? lane
      const known = new Set(now.rows)
      // Another page was loaded meanwhile, or the list anew: this one no longer fits behind it.
      if (now.next !== next) return
      this.#lanes = this.#lanes.with(at, { ...page, rows: [...now.rows, ...page.rows.filter((id) => !known.has(id))] })
    } catch (error) {
      if (!this.#stop.signal.aborted) this.state = { is: 'failed', error }
    } finally {
      this.#loading.delete(at)
      this.isReadingOn = this.#loading.size > 0
    }
  }

  /** Takes what sync brought. The tickets themselves are known already. */
  arrive(arrivals: Arrival[]) {
    if (this.state.is === 'loading' || arrivals.length === 0) return
    const waiting = new Map(this.#waiting)
    for (const { id, matches } of arrivals) {
      if (matches || this.itemOf(id) >= 0) waiting.set(id, matches)
      else waiting.delete(id)
    }
    this.#waiting = waiting
    if (!this.isCalm) return
    const { added } = this.news
    this.apply()
    if (added > 0) this.came = { count: added }
  }

  /** Puts rows where they belong now. Time alone moves rows of the queue too. */
  apply() {
    if (this.#waiting.size === 0 && !this.plan.isQueue) return
    const arranged = this.#arrange()
    this.came = null
    this.#places.clear()
    this.#lanes = this.#lanes.map((lane, at) => {
      const { rows, added, gone } = arranged[at]!
      return { ...lane, rows, count: Math.max(lane.count + added.length - gone.length, rows.length) }
    })
    this.#waiting = new Map()
    this.selection.without(arranged.flatMap(({ gone }) => gone).filter((id) => this.itemOf(id) < 0))
  }

  /** A deleted ticket goes at once: there is nothing left to show. */
  drop(id: string) {
    this.#lanes = this.#lanes.map((lane) =>
      lane.rows.includes(id) ? { ...lane, rows: lane.rows.filter((row) => row !== id), count: lane.count - 1 } : lane,
    )
    this.selection.without([id])
  }

  close() {
    this.#stop.abort()
  }

  #arrange() {
    return this.#lanes.map((lane, at) => {
      const arrivals = [...this.#waiting].map(([id, matches]) => ({ id, matches: matches && this.#laneOf(id) === at }))
      return arrange(lane.rows, arrivals, (id) => tickets.said(id), this.plan.lanes[at]!.compare, lane.next === null)
    })
  }

  #place(id: string): Place {
    const known = this.#places.get(id)
    if (known) return known
    return untrack(() => {
      const ticket = tickets.said(id)
      const place: Place = ticket ? placeOf(ticket, Date.now()) : { section: 'none', rank: 1 }
      this.#places.set(id, place)
      return place
    })
  }

  #laneOf(id: string): number {
    return laneOf(this.plan, tickets.said(id)?.sla.state ?? 'none')
  }

  async #firstPage(lane: Lane): Promise<Loaded> {
    const path = `${this.#path}?limit=${PAGE}&${writeFilter(lane.filter)}`
    return this.#readOver(send<Page<Ticket>>({ method: 'GET', path, signal: this.#stop.signal }))
  }

  /** Reads a page, and over pages that end early as far as that may go. */
  async #readOver(asked: Promise<Page<Ticket>>): Promise<Loaded> {
    let loaded = await this.#read(asked)
    for (let followed = 0; loaded.next && loaded.rows.length < PAGE && followed < FOLLOWED; followed++) {
      const page = await this.#read(follow<Ticket>(loaded.next, this.#stop.signal))
      loaded = { ...page, rows: [...loaded.rows, ...page.rows] }
    }
    return { ...loaded, isPaused: loaded.next !== null && loaded.rows.length < PAGE }
  }

  async #read(asked: Promise<Page<Ticket>>): Promise<Loaded> {
    const page = await asked
    for (const ticket of page.results) tickets.take(ticket)
    return {
      ...empty(),
      rows: page.results.map((ticket) => ticket.id),
      next: page.next ?? null,
      count: page.count,
      isExact: page.count_is_exact !== false,
    }
  }
}
