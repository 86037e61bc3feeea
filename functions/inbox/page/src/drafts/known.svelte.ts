import { send } from '../api/client.ts'
import type { Page, Ticket } from '../api/types.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { tickets } from '../state/tickets.svelte.ts'

const AT_ONCE = 50

/** Asks for tickets of which only the id is known. This marks nothing as read. */
export class Asked {
  /** Those that the desk does not have any more. */
  gone = $state.raw<ReadonlySet<string>>(new Set())
  error = $state.raw<unknown>(null)
  readonly #desk: Desk
  #asked = new Set<string>()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  async ask(ids: readonly string[]) {
    const unknown = [...new Set(ids)].filter((id) => !tickets.get(id) && !this.#asked.has(id))
    for (let at = 0; at < unknown.length; at += AT_ONCE) await this.#read(unknown.slice(at, at + AT_ONCE))
  }

  retry(ids: readonly string[]) {
    this.error = null
    void this.ask(ids)
  }

  async #read(ids: string[]) {
    for (const id of ids) this.#asked.add(id)
    try {
      const path = this.#desk.path(`tickets/?limit=${ids.length}&ids=${ids.join(',')}`)
      const { results } = await send<Page<Ticket>>({ method: 'GET', path })
      for (const ticket of results) tickets.take(ticket)
      const there = new Set(results.map(({ id }) => id))
      this.gone = new Set([...this.gone, ...ids.filter((id) => !there.has(id))])
    } catch (error) {
      this.error = error
      for (const id of ids) this.#asked.delete(id)
    }
  }
}
