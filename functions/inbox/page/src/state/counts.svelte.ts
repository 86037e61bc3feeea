import { send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { BuiltIn } from '../list/views.ts'

/** How many tickets each view holds; null where counting would cost too much. */
export type ViewCounts = {
  next_up: number | null
  mine: number
  unassigned: number
  open: number
  pending: number
  on_hold: number
  snoozed: number | null
  resolved: number
  everything: number
  /** By short id. */
  views: Record<string, number | null>
}

const RENEWED_AFTER_MS = 10_000

const KEYS: Record<BuiltIn['name'], Exclude<keyof ViewCounts, 'views'>> = {
  queue: 'next_up',
  mine: 'mine',
  unassigned: 'unassigned',
  open: 'open',
  pending: 'pending',
  onHold: 'on_hold',
  snoozed: 'snoozed',
  resolved: 'resolved',
  everything: 'everything',
}

/** The counts beside the views, renewed when something changed. */
export class Counts {
  #counts = $state.raw<ViewCounts | null>(null)
  readonly #path: string
  #readAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(path: string) {
    this.#path = path
  }

  of(name: BuiltIn['name']): number | null {
    return this.#counts?.[KEYS[name]] ?? null
  }

  ofView(shortId: string): number | null {
    return this.#counts?.views[shortId] ?? null
  }

  /** Something changed. Many changes in a row are one question. */
  renew() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#read(), Math.max(0, this.#readAt + RENEWED_AFTER_MS - Date.now()))
  }

  async #read() {
    this.#readAt = Date.now()
    try {
      this.#counts = await send<ViewCounts>({ method: 'GET', path: this.#path })
    } catch (error) {
      // Without counts the views work as well; the next change asks again.
      if (!(error instanceof ApiError)) this.renew()
    }
  }
}
