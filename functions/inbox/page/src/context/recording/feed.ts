// Fetches the parts of a recording as they are needed, and hands them on in their order.
import type { Part } from './timeline.ts'

const AT_ONCE = 2

type Hand = {
  read: (part: Part) => Promise<ArrayBuffer>
  /** The bytes of the next part; null if it could not be fetched. */
  take: (bytes: ArrayBuffer | null) => void
  /** All parts were taken. */
  end: () => void
}

export class Feed {
  readonly #parts: readonly Part[]
  readonly #hand: Hand
  #asked = 0
  #taken = 0
  #underWay = 0
  #horizon = -Infinity
  #isStopped = false
  readonly #there = new Map<number, ArrayBuffer | null>()

  constructor(parts: readonly Part[], hand: Hand) {
    this.#parts = parts
    this.#hand = hand
  }

  /** Fetches what begins up to `horizon`. Who waits needs at least the next part, wherever that begins. */
  want(horizon: number, waits: boolean) {
    this.#horizon = Math.max(this.#horizon, horizon)
    this.#ask()
    if (waits && this.#underWay === 0) this.#next()
  }

  stop() {
    this.#isStopped = true
  }

  #ask() {
    const isDue = () => (this.#parts[this.#asked]?.from ?? Infinity) <= this.#horizon
    while (!this.#isStopped && this.#underWay < AT_ONCE && isDue()) this.#next()
  }

  #next() {
    const part = this.#parts[this.#asked]
    if (this.#isStopped || !part) return
    void this.#fetch(part, this.#asked)
    this.#asked += 1
  }

  async #fetch(part: Part, at: number) {
    this.#underWay += 1
    const read = () => this.#hand.read(part)
    // Once more: one failure is most often the network's.
    const bytes = await read().catch(read).catch(() => null)
    this.#underWay -= 1
    if (this.#isStopped) return
    this.#there.set(at, bytes)
    this.#takeInOrder()
    this.#ask()
  }

  #takeInOrder() {
    for (let bytes = this.#there.get(this.#taken); bytes !== undefined; bytes = this.#there.get(this.#taken)) {
      this.#there.delete(this.#taken)
      this.#taken += 1
      this.#hand.take(bytes)
    }
    if (this.#taken === this.#parts.length) this.#hand.end()
  }
}
