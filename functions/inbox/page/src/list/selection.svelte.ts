import type { Bulk } from '../state/bulk.svelte.ts'
import { rangeBetween } from './ranges.ts'

/** The rows that the agent has chosen, by ticket. */
export class Selection {
  ids = $state.raw<ReadonlySet<string>>(new Set())
  /** What is being done with them. */
  running = $state.raw<Bulk | null>(null)
  /** Where a range begins: the row that was chosen last. */
  #anchor: string | null = null

  has(id: string): boolean {
    return this.ids.has(id)
  }

  toggle(id: string) {
    const ids = new Set(this.ids)
    if (!ids.delete(id)) ids.add(id)
    this.ids = ids
    this.#anchor = id
  }

  /** Chooses all rows from the last chosen one to this one. */
  extendTo(id: string, rows: readonly string[], from: string | null = null) {
    const anchor = this.#anchor ?? from ?? id
    this.ids = new Set([...this.ids, ...rangeBetween(rows, anchor, id)])
    this.#anchor ??= anchor
  }

  /** Rows that went are no longer chosen, since nobody could see that they are. */
  without(gone: readonly string[]) {
    if (gone.some((id) => this.ids.has(id))) this.ids = new Set([...this.ids].filter((id) => !gone.includes(id)))
  }

  set(ids: Iterable<string>) {
    this.ids = new Set(ids)
    this.#anchor = null
  }

  clear() {
    this.set([])
  }
}
