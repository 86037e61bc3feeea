import { router } from '../state/router.svelte.ts'

/** What can be left with something unsaved in it, such as a form. */
export type Leavable = { readonly isDirty: boolean; discard: () => void }

/** Asks before unsaved changes are left: by a link, by Back, or by closing the tab. */
class Leaving {
  /** Where the agent was about to go. */
  wanted = $state.raw<(() => void) | null>(null)
  #held = new Set<Leavable>()

  /** Watches over something, until the answer is called. */
  hold(what: Leavable): () => void {
    this.#held.add(what)
    const release = router.hold(this.#ask)
    addEventListener('beforeunload', this.#unload)
    return () => {
      this.#held.delete(what)
      if (this.#held.size > 0) return
      release()
      removeEventListener('beforeunload', this.#unload)
    }
  }

  /** Goes on, but asks first where something is not saved. */
  ask(go: () => void) {
    if (this.#isDirty) this.wanted = go
    else go()
  }

  stay() {
    this.wanted = null
  }

  /** Goes there, without what was not saved. */
  go() {
    const go = this.wanted
    this.wanted = null
    for (const what of this.#held) what.discard()
    go?.()
  }

  get #isDirty(): boolean {
    return [...this.#held].some((what) => what.isDirty)
  }

  #ask = (_: unknown, go: () => void) => {
    if (this.#isDirty) this.wanted = go
    return this.#isDirty
  }

  #unload = (event: BeforeUnloadEvent) => {
    if (this.#isDirty) event.preventDefault()
  }
}

export const leaving = new Leaving()
