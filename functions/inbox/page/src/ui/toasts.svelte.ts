export type Toast = { id: number; text: string; action?: { label: string; run: () => void } }

const SHOWN_MS = 8_000

/** What was just done, at the bottom of the page, with a way to take it back. */
class Toasts {
  all = $state.raw<Toast[]>([])
  #last = 0

  show(text: string, action?: Toast['action'], shownMs = SHOWN_MS): number {
    const id = ++this.#last
    this.all = [...this.all.slice(-2), action ? { id, text, action } : { id, text }]
    setTimeout(() => this.hide(id), shownMs)
    return id
  }

  hide(id: number) {
    this.all = this.all.filter((toast) => toast.id !== id)
  }
}

export const toasts = new Toasts()
