import { t } from '../messages/index.ts'
import { toasts } from '../ui/toasts.svelte.ts'

const OFFERED_MS = 8_000

/** The last thing that can be taken back, by its toast or by the key. */
class Undo {
  #last: { toast: number; run: () => void } | null = null

  /** Says what was done, and how to take it back. */
  offer(text: string, run: () => void, forMs = OFFERED_MS) {
    const once = () => {
      this.#last = null
      run()
    }
    const toast = toasts.show(text, { label: t.actions.undo, run: once }, forMs)
    this.#last = { toast, run: once }
    setTimeout(() => {
      if (this.#last?.toast === toast) this.#last = null
    }, forMs)
  }

  /** Answers false if nothing can be taken back any more. */
  run(): boolean {
    if (!this.#last) return false
    toasts.hide(this.#last.toast)
    this.#last.run()
    return true
  }
}

export const undo = new Undo()
