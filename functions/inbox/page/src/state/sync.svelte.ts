import { send } from '../api/client.ts'
import type { SyncAnswer, SyncAsked } from '../api/types.ts'
import { Leader, overhear, type Told } from './leader.ts'
import { pace, type Attention } from './pace.ts'
import { isKnown, seen, type Seen } from './presence.ts'
import { isCursorRefused, isSaid, troubleOf, type Trouble } from './trouble.ts'
import { tickets } from './tickets.svelte.ts'

export type Watched = Pick<SyncAsked, 'filter' | 'open' | 'state'>
/** What this tab, or the one that asks for it, was told. `isPlaced`: whether `matches` is about this tab's list. */
export type Heard = Pick<SyncAnswer, 'tickets' | 'open' | 'more'> & { isPlaced: boolean }

const WAKE_GAP_MS = 20_000
const CLOCK_MS = 5_000
const ANSWER_FRESH_MS = 1_000

/** Asks the desk every few seconds what changed, and hands it to whoever shows it. */
class Sync {
  unread = $state.raw<number | null>(null)
  #viewers = $state.raw<readonly Seen[]>([])
  /** When the desk last answered. */
  answeredAt = $state.raw<number | null>(null)
  /** When the first of the questions failed that have failed since; null once the desk has answered. */
  failingSince = $state.raw<number | null>(null)
  /** What is to be said of that; null while it is nobody's business. */
  trouble = $state.raw<Trouble | null>(null)
  #failures = 0
  /** What has changed since the last answer is not known: lists are to be read anew. */
  #isBehind = false
  /** Whether the desk was deployed anew since this page was loaded. */
  isOutdated = $state(false)
  #build: string | null = null

  #project = 0
  #watch: () => Watched = () => ({ filter: '', open: null, state: null })
  #changed: (heard: Heard) => void = () => {}
  #cursor: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The tickets of the last answer, each with its `updated_at`: the next answer repeats some of them. */
  #told = new Map<string, string>()
  #asking = false
  #again = false
  #serverSeconds: number | null = null
  #leader: Leader | null = null
  #attention: Attention = { isVisible: !document.hidden, isLeader: false, lastUsedAt: Date.now(), hiddenSince: null, notifies: false }

  /** The colleagues who look at a ticket, or did a moment ago. */
  viewersOf(ticket: string): Seen[] {
    return this.#viewers.filter((viewer) => viewer.ticket_id === ticket)
  }

  /** Whether this is the tab that asks, and so the one that notifies. */
  get isLeader(): boolean {
    return this.#leader?.isLeader ?? false
  }

  /** Whether the agent wants to be notified, so that a hidden page goes on asking. */
  set notifies(wanted: boolean) {
    const changed = this.#attention.notifies !== wanted
    this.#attention.notifies = wanted
    if (changed && wanted && this.#project) this.now()
  }

  start(project: number, watch: () => Watched, changed: (heard: Heard) => void) {
    this.#project = project
    this.#watch = watch
    this.#changed = changed
    this.#cursor = null
    this.#told.clear()
    const stop = new AbortController()
    const { signal } = stop
    document.addEventListener('visibilitychange', () => this.#look(), { signal })
    for (const used of ['pointerdown', 'keydown', 'wheel'])
      addEventListener(used, () => (this.#attention.lastUsedAt = Date.now()), { signal, passive: true })
    addEventListener('focus', () => this.#look(), { signal })
    for (const moved of ['online', 'offline']) addEventListener(moved, () => this.now(), { signal })
    const clock = this.#watchForSleep()
    const leader = (this.#leader = new Leader(`lambdesk.sync.${project}`, () => this.#takeOver(), (told) => this.#hear(told)))
    if (document.hasFocus()) leader.claim()
    this.now()
    return () => {
      stop.abort()
      leader.leave()
      clearInterval(clock)
      clearTimeout(this.#timer)
      this.#project = 0
    }
  }

  /** Asks at once: after a change, on coming back, on waking. */
  now() {
    clearTimeout(this.#timer)
    if (this.#asking) this.#again = true
    else void this.#ask()
  }

  #look() {
    this.#attention.isVisible = !document.hidden
    this.#attention.hiddenSince = document.hidden ? Date.now() : null
    // A hidden page waits longer, or asks no more.
    if (document.hidden) return void (this.#asking || this.#next())
    this.#leader?.claim()
    this.now()
  }

  #takeOver() {
    if (!this.#asking && Date.now() - (this.answeredAt ?? 0) > ANSWER_FRESH_MS) this.now()
    else if (!this.#asking) this.#next()
  }

  /** Another tab was told something. */
  #hear(told: Told) {
    const { filter, open } = this.#watch()
    const { asks, ...heard } = overhear(told, { filter, open: open?.id ?? null, isVisible: !document.hidden })
    this.#answered(told)
    this.#changed(heard)
    if (asks) this.now()
  }

  #answered(told: Pick<SyncAnswer, 'tickets' | 'unread_count' | 'viewers' | 'build'>) {
    this.unread = told.unread_count
    this.#viewers = seen(this.#viewers, told.viewers ?? [], Date.now())
    this.#build ??= told.build
    this.isOutdated ||= told.build !== null && told.build !== this.#build
    this.answeredAt = Date.now()
    this.failingSince = this.trouble = null
    this.#failures = 0
    for (const { ticket } of told.tickets) tickets.take(ticket)
  }

  #watchForSleep() {
    let last = Date.now()
    return setInterval(() => {
      const slept = Date.now() - last > WAKE_GAP_MS + CLOCK_MS
      last = Date.now()
      if (slept && !document.hidden) this.now()
    }, CLOCK_MS)
  }

  async #ask() {
    if (!this.#project) return
    const project = this.#project
    this.#asking = true
    const body: SyncAsked = { since: this.#cursor, ...this.#watch() }
    try {
      const path = `/api/projects/${project}/conversations/sync/`
      const answer = await send<SyncAnswer>({ method: 'POST', path, body })
      if (project === this.#project) this.#take(answer, body)
    } catch (error) {
      this.#fail(error)
      if (!isKnown(this.answeredAt, Date.now())) this.#viewers = []
    }
    this.#asking = false
    this.#next()
  }

  #fail(error: unknown) {
    const trouble = troubleOf(error)
    if (isCursorRefused(error)) this.#isBehind = this.#cursor !== null
    if (isCursorRefused(error)) this.#cursor = null
    if (trouble === null) return
    this.failingSince ??= Date.now()
    this.#failures += 1
    if (isSaid(this.#failures, navigator.onLine)) this.trouble = trouble
  }

  #take(answer: SyncAnswer, { filter, open: asked }: SyncAsked) {
    this.#cursor = answer.cursor
    this.#serverSeconds = answer.poll_after_seconds
    this.#answered(answer)
    // The cursor reaches back a little, so answers repeat what the one before has told.
    const news = answer.tickets.filter(({ ticket }) => this.#told.get(ticket.id) !== ticket.updated_at)
    this.#told = new Map(answer.tickets.map(({ ticket }) => [ticket.id, ticket.updated_at]))
    const { unread_count, viewers, build, open } = answer
    const more = answer.more || this.#isBehind
    this.#isBehind = false
    const openTold = open && asked ? { ...open, id: asked.id } : null
    this.#leader?.tell({ tickets: news, unread_count, viewers: viewers ?? [], more, build, filter, open: openTold })
    this.#changed({ tickets: news, open: open ?? null, more, isPlaced: true })
  }

  #next() {
    clearTimeout(this.#timer)
    if (this.#again) {
      this.#again = false
      void this.#ask()
      return
    }
    this.#attention.isLeader = this.isLeader
    const wait = pace(this.#attention, Date.now(), this.#serverSeconds)
    if (wait !== null && this.#project) this.#timer = setTimeout(() => void this.#ask(), wait)
  }
}

export const sync = new Sync()
