import { follow, send } from '../api/client.ts'
import type { Page, Ticket } from '../api/types.ts'
import { add, batches, nothingYet, type BulkAnswer, type BulkAsked, type BulkChange, type BulkItem, type Outcome } from '../list/bulk.ts'
import { writeFilter, type Lane } from '../list/plan.ts'
import { judge } from './answers.ts'
import { sync } from './sync.svelte.ts'

const TRIES = 5
const ID_PAGE = 500
/** The most tickets that one selection holds. */
export const MOST_SELECTED = 5_000

/** One change of many tickets, or the loading of many ids, with how far it is. */
export class Bulk {
  done = $state(0)
  total = $state(0)
  #stop = new AbortController()

  stop() {
    this.#stop.abort()
  }

  /** Changes all of them alike. What cannot be sent at all counts as failed, and the rest is told. */
  change(base: string, ids: readonly string[], changes: BulkChange): Promise<Outcome> {
    return this.#run(base, ids, (id) => id, (batch) => ({ ids: batch, changes }), () => changes)
  }

  /** Changes each in its own way, such as back to what it was. */
  changeEach(base: string, items: readonly BulkItem[]): Promise<Outcome> {
    const made = new Map(items.map((item) => [item.id, item.changes]))
    return this.#run(base, items, ({ id }) => id, (batch) => ({ items: batch }), (id) => made.get(id) ?? {})
  }

  /** Loads the ids of all tickets of a list, page by page. */
  async idsOf(base: string, lanes: readonly Lane[], expected: number): Promise<string[]> {
    this.total = Math.min(expected, MOST_SELECTED)
    const ids: string[] = []
    for (const lane of lanes) {
      const path = `${base}tickets/?limit=${ID_PAGE}&${writeFilter(lane.filter)}`
      let page = await send<Page<Ticket>>({ method: 'GET', path, signal: this.#stop.signal })
      for (;;) {
        ids.push(...page.results.map(({ id }) => id))
        this.done = ids.length
        if (!page.next || ids.length >= MOST_SELECTED) break
        page = await follow<Ticket>(page.next, this.#stop.signal)
      }
    }
    return ids.slice(0, MOST_SELECTED)
  }

  async #run<T>(
    base: string,
    all: readonly T[],
    idOf: (each: T) => string,
    asked: (batch: T[]) => BulkAsked,
    made: (id: string) => BulkChange,
  ): Promise<Outcome> {
    this.total = all.length
    let outcome = nothingYet()
    for (const batch of batches(all)) {
      if (this.#stop.signal.aborted) break
      const answer = await this.#send(base, asked(batch))
      outcome = answer ? add(outcome, answer, made) : { ...outcome, failed: [...outcome.failed, ...batch.map(idOf)] }
      this.done += batch.length
    }
    sync.now()
    return outcome
  }

  /** Sends one batch, with one key however often. */
  async #send(base: string, body: BulkAsked): Promise<BulkAnswer | null> {
    const key = crypto.randomUUID()
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        return await send<BulkAnswer>({ method: 'POST', path: `${base}tickets/bulk_update/`, body, key })
      } catch (error) {
        const verdict = judge(error, attempt, Math.random())
        if (verdict.is !== 'retry') return null
        await new Promise((resolve) => setTimeout(resolve, verdict.afterMs))
      }
    }
    return null
  }
}
