import { t } from '../messages/index.ts'
import { toasts } from '../ui/toasts.svelte.ts'

const OFFERED_MS = 8_000

/** The last thing that can be taken back, by its toast or by the key. */
class Undo {
  #last: { toast: number | null; run: () => void } | null = null

  /** Says what was done, and how to take it back. */
  offer(text: string, run: () => void, forMs = OFFERED_MS) {
    const once = () => {
      this.#last = null
      run()
    }
    const toast = toasts.show(text, { label: t.actions.undo, run: once }, forMs)
    this.#keep({ toast, run: once }, forMs)
  }

  /** By the key alone, where what is done has a button of its own that takes it back. */
  remember(run: () => void, forMs: number) {
    this.#keep({ toast: null, run }, forMs)
  }

  #keep(last: { toast: number | null; run: () => void }, forMs: number) {
    this.#last = last
    setTimeout(() => {
      if (this.#last === last) this.#last = null
    }, forMs)
  }

  /** Answers false if nothing can be taken back any more. */
  run(): boolean {
    const last = this.#last
    if (!last) return false
    this.#last = null
    if (last.toast !== null) toasts.hide(last.toast)
    last.run()
    return true
  }
}

export const undo = new Undo()
