import type { Member } from '../api/types.ts'
import { nameOfMember } from '../state/assignee.ts'
import { find } from './fuzzy.ts'
import { typedAt, type Typed } from './mentions.ts'

const OFFERED = 6

/** The colleagues that are offered while `@name` is being typed. */
export class Mentions {
  readonly #people: () => readonly Member[]
  #typed = $state.raw<Typed | null>(null)
  /** Where the agent closed the offer: it stays closed there. */
  #closedAt = -1
  at = $state(0)
  found: readonly Member[] = $derived.by(() => {
    const typed = this.#typed
    return typed ? find(typed.query, this.#people(), (one) => [nameOfMember(one), one.email]).slice(0, OFFERED) : []
  })

  constructor(people: () => readonly Member[]) {
    this.#people = people
  }

  /** Looks at what stands before the caret. */
  look(text: string, caret: number) {
    const typed = typedAt(text, caret)
    if (typed?.from !== this.#closedAt) this.#closedAt = -1
    if (typed?.query !== this.#typed?.query || typed?.from !== this.#typed?.from) this.at = 0
    this.#typed = typed && typed.from !== this.#closedAt ? typed : null
  }

  close() {
    this.#closedAt = this.#typed?.from ?? -1
    this.#typed = null
  }

  move(by: 1 | -1) {
    const { length } = this.found
    this.at = (this.at + by + length) % length
  }

  /** What is put in place of what was typed, from where. */
  take(member: Member | undefined = this.found[this.at]): { from: number; text: string } | null {
    const from = this.#typed?.from
    if (!member || from === undefined) return null
    this.#typed = null
    return { from, text: `@${nameOfMember(member)} ` }
  }
}
