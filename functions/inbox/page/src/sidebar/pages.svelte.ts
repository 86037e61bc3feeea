import { follow, send } from '../api/client.ts'
import type { Page } from '../api/types.ts'

/** A list of the desk that is read page by page, the newest first. */
export class Pages<T extends { id: string }> {
  rows = $state.raw<T[]>([])
  isReady = $state(false)
  error = $state.raw<unknown>(null)
  next = $state.raw<string | null>(null)
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  load = () => this.#take(send<Page<T>>({ method: 'GET', path: this.#path }), [])

  more = () => (this.next === null ? Promise.resolve() : this.#take(follow<T>(this.next), this.rows))

  async #take(asked: Promise<Page<T>>, before: T[]) {
    try {
      const page = await asked
      const known = new Set(before.map(({ id }) => id))
      this.rows = [...before, ...page.results.filter(({ id }) => !known.has(id))]
      this.next = page.next ?? null
      this.error = null
      this.isReady = true
    } catch (error) {
      this.error = error
    }
  }
}
