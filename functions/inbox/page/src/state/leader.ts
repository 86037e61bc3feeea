// Of all tabs on one project, the one that was used last asks the desk for news and tells the others, so that ten tabs cost
// as much as one. When it is closed, the browser passes the lock on.
import type { SyncAnswer } from '../api/types.ts'

type Open = NonNullable<SyncAnswer['open']>

/** What one tab was told, with what it had asked for: the filter of its list, and its open ticket. */
export type Told = Pick<SyncAnswer, 'tickets' | 'unread_count' | 'viewers' | 'more' | 'build'> & {
  filter: string
  open: (Open & { id: string }) | null
}

export type Watching = { filter: string; open: string | null; isVisible: boolean }

/**
 * What another tab makes of that. Whether a ticket belongs into a list is known for the list that was asked about only, and
 * messages come for the ticket that was open there. A tab in view asks for what it misses; a hidden one does when it is
 * looked at.
 */
export function overhear(told: Told, { filter, open, isVisible }: Watching) {
  const isPlaced = told.filter === filter
  const isOpenTold = told.open?.id === open
  const isOpenChanged = told.tickets.some(({ ticket }) => ticket.id === open)
  return {
    tickets: told.tickets,
    isPlaced,
    open: isOpenTold ? told.open : null,
    more: told.more && isVisible,
    asks: isVisible && ((told.tickets.length > 0 && !isPlaced) || (isOpenChanged && !isOpenTold)),
  }
}

export class Leader {
  /** The hold of the lock that counts; null while another tab has it. */
  #held: object | null = null
  readonly #name: string
  readonly #channel: BroadcastChannel
  readonly #stop = new AbortController()
  readonly #lead: () => void

  /** `lead` is called when this tab becomes the one that asks, `hear` with what that one was told. */
  constructor(name: string, lead: () => void, hear: (told: Told) => void) {
    this.#name = name
    this.#lead = lead
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = (event: MessageEvent<Told>) => hear(event.data)
    this.#wait()
  }

  get isLeader(): boolean {
    return this.#held !== null
  }

  /** This tab is used now, so it is the one that asks. */
  claim() {
    if (!this.isLeader && !this.#stop.signal.aborted) void this.#hold({ steal: true })
  }

  tell(told: Told) {
    if (this.isLeader) this.#channel.postMessage(told)
  }

  leave() {
    this.#held = null
    this.#stop.abort()
    this.#channel.close()
  }

  #wait() {
    void this.#hold({ signal: this.#stop.signal })
  }

  async #hold(options: LockOptions) {
    const hold = {}
    try {
      await navigator.locks.request(this.#name, options, () => {
        this.#held = hold
        this.#lead()
        return new Promise<void>((release) => this.#stop.signal.addEventListener('abort', () => release()))
      })
    } catch {
      // Another tab is used now, this one is being closed, or it holds the lock anew.
      if (this.#held !== hold) return
      this.#held = null
      if (!this.#stop.signal.aborted) this.#wait()
    }
  }
}
