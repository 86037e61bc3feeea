import { follow, send } from '../api/client.ts'
import type { Page, Ticket } from '../api/types.ts'
import { tickets } from '../state/tickets.svelte.ts'
import { arrange, type Arrival } from './order.ts'
import { laneOf, writeFilter, type Lane, type Plan } from './plan.ts'

const PAGE = 50
/** How often a short page's `next` is followed by itself: the desk ends pages early where a filter finds little. */
const FOLLOWED = 3

type Loaded = { rows: string[]; next: string | null; count: number; isExact: boolean }
type State = { is: 'loading' } | { is: 'ready' } | { is: 'failed'; error: unknown }

const empty = (): Loaded => ({ rows: [], next: null, count: 0, isExact: true })

/**
 * The rows of one list. Contents of rows change at once, since rows only name tickets; places change, and rows come or
 * go, only when nobody is looking at them: until then the news wait.
 */
export class TicketList {
  readonly plan: Plan
  readonly #path: string
  #lanes = $state.raw<Loaded[]>([])
  #waiting = $state.raw(new Map<string, boolean>())
  #loading = new Set<number>()
  #stop = new AbortController()
  state = $state.raw<State>({ is: 'loading' })
  loadedAt = $state.raw<number | null>(null)
  /** Whether rows may move: the list is neither hovered nor focused nor scrolled away from the top. */
  isCalm = true

  rows = $derived(this.#lanes.flatMap((lane) => lane.rows))
  count = $derived(this.#lanes.reduce((sum, lane) => sum + Math.max(lane.count, lane.rows.length), 0))
  isExact = $derived(this.#lanes.every((lane) => lane.isExact))
  hasMore = $derived(this.#lanes.some((lane) => lane.next !== null))
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

  /** Whether a row no longer belongs here and only waits to go. */
  hasLeft(id: string): boolean {
    return this.#waiting.get(id) === false
  }

  async load() {
    try {
      const lanes = await Promise.all(this.plan.lanes.map((lane) => this.#firstPage(lane)))
      this.#waiting = new Map()
      this.#lanes = lanes
      this.loadedAt = Date.now()
      this.state = { is: 'ready' }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.state = { is: 'failed', error }
    }
  }

  /** Fetches what comes behind the last row of the first lane that goes on. */
  async more() {
    const at = this.#lanes.findIndex((lane) => lane.next !== null)
    const lane = this.#lanes[at]
    if (!lane?.next || this.#loading.has(at)) return
    this.#loading.add(at)
    try {
      const page = await this.#read(follow<Ticket>(lane.next, this.#stop.signal))
      const known = new Set(this.rows)
      const rows = [...lane.rows, ...page.rows.filter((id) => !known.has(id))]
      this.#lanes = this.#lanes.with(at, { ...page, rows })
    } catch (error) {
      if (!this.#stop.signal.aborted) this.state = { is: 'failed', error }
    } finally {
      this.#loading.delete(at)
    }
  }

  /** Takes what sync brought. The tickets themselves are known already. */
  arrive(arrivals: Arrival[]) {
    if (this.state.is === 'loading' || arrivals.length === 0) return
    const waiting = new Map(this.#waiting)
    const rows = new Set(this.rows)
    for (const { id, matches } of arrivals) {
      if (matches || rows.has(id)) waiting.set(id, matches)
      else waiting.delete(id)
    }
    this.#waiting = waiting
    if (this.isCalm) this.apply()
  }

  /** Puts rows where they belong now. */
  apply() {
    if (this.#waiting.size === 0) return
    const arranged = this.#arrange()
    this.#lanes = this.#lanes.map((lane, at) => {
      const { rows, added, gone } = arranged[at]!
      return { ...lane, rows, count: Math.max(lane.count + added.length - gone.length, rows.length) }
    })
    this.#waiting = new Map()
  }

  /** A deleted ticket goes at once: there is nothing left to show. */
  drop(id: string) {
    this.#lanes = this.#lanes.map((lane) =>
      lane.rows.includes(id) ? { ...lane, rows: lane.rows.filter((row) => row !== id), count: lane.count - 1 } : lane,
    )
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

  #laneOf(id: string): number {
    return laneOf(this.plan, tickets.said(id)?.sla.state ?? 'none')
  }

  async #firstPage(lane: Lane): Promise<Loaded> {
    const path = `${this.#path}?limit=${PAGE}&${writeFilter(lane.filter)}`
    const loaded = await this.#read(send<Page<Ticket>>({ method: 'GET', path, signal: this.#stop.signal }))
    for (let followed = 0; loaded.next && loaded.rows.length < PAGE && followed < FOLLOWED; followed++) {
      const page = await this.#read(follow<Ticket>(loaded.next, this.#stop.signal))
      Object.assign(loaded, { ...page, rows: [...loaded.rows, ...page.rows] })
    }
    return loaded
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
