import { send } from '../api/client.ts'
import type { SyncAnswer, SyncAsked, Viewer } from '../api/types.ts'
import { Leader, type Told } from './leader.ts'
import { pace, type Attention } from './pace.ts'
import { tickets } from './tickets.svelte.ts'

export type Watched = Pick<SyncAsked, 'filter' | 'open' | 'state'>

const WAKE_GAP_MS = 20_000
const CLOCK_MS = 5_000
const ANSWER_FRESH_MS = 1_000

/** Asks the desk every few seconds what changed, and hands it to whoever shows it. */
class Sync {
  unread = $state.raw<number | null>(null)
  viewers = $state.raw<Viewer[]>([])
  /** When the desk last answered. */
  answeredAt = $state.raw<number | null>(null)
  /** When the first of the questions failed that have failed since; null once the desk has answered. */
  failingSince = $state.raw<number | null>(null)
  /** Whether the desk was deployed anew since this page was loaded. */
  isOutdated = $state(false)
  #build: string | null = null

  #project = 0
  #watch: () => Watched = () => ({ filter: '', open: null, state: { viewing: null, replying: false } })
  #changed: (answer: SyncAnswer) => void = () => {}
  #cursor: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The tickets of the last answer, each with its `updated_at`: the next answer repeats some of them. */
  #told = new Map<string, string>()
  #asking = false
  #again = false
  #serverSeconds: number | null = null
  #leader: Leader | null = null
  #attention: Attention = { isVisible: !document.hidden, isLeader: false, lastUsedAt: Date.now(), hiddenSince: null, notifies: false }

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

  start(project: number, watch: () => Watched, changed: (answer: SyncAnswer) => void) {
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
    addEventListener('online', () => this.now(), { signal })
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
    if (document.hidden) return
    this.#leader?.claim()
    this.now()
  }

  #takeOver() {
    if (!this.#asking && Date.now() - (this.answeredAt ?? 0) > ANSWER_FRESH_MS) this.now()
    else if (!this.#asking) this.#next()
  }

  /**
   * Another tab was told something. Only the desk can say whether a changed ticket belongs in this tab's list, so a visible
   * tab asks at once.
   */
  #hear({ tickets: told, unread_count }: Told) {
    this.unread = unread_count
    for (const { ticket } of told) tickets.take(ticket)
    if (told.length > 0 && !document.hidden) this.now()
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
      if (project === this.#project) this.#take(answer)
    } catch {
      this.failingSince ??= Date.now()
    }
    this.#asking = false
    this.#next()
  }

  #take(answer: SyncAnswer) {
    this.#cursor = answer.cursor
    this.#serverSeconds = answer.poll_after_seconds
    this.unread = answer.unread_count
    this.viewers = answer.viewers ?? []
    this.#build ??= answer.build
    this.isOutdated ||= answer.build !== null && answer.build !== this.#build
    this.answeredAt = Date.now()
    this.failingSince = null
    // The cursor reaches back a little, so answers repeat what the one before has told.
    const news = answer.tickets.filter(({ ticket }) => this.#told.get(ticket.id) !== ticket.updated_at)
    this.#told = new Map(answer.tickets.map(({ ticket }) => [ticket.id, ticket.updated_at]))
    for (const { ticket } of answer.tickets) tickets.take(ticket)
    this.#leader?.tell({ tickets: news, unread_count: answer.unread_count })
    this.#changed({ ...answer, tickets: news })
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
