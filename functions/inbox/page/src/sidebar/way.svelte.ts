/** From which ticket the agent went to one of the same customer's earlier ones. */
class Way {
  #from = $state.raw(new Map<number, number>())

  leave(from: number, to: number) {
    // Going back closes the way, so that two tickets do not lead to each other for ever.
    if (this.#from.get(from) === to) return
    this.#from = new Map(this.#from).set(to, from)
  }

  backFrom(number: number): number | null {
    return this.#from.get(number) ?? null
  }
}

export const way = new Way()
