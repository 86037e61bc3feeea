export type Toast = { id: number; text: string; action?: { label: string; run: () => void } }

const SHOWN_MS = 8_000

/** What was just done, with a way to take it back. */
class Toasts {
  all = $state.raw<Toast[]>([])
  /** Where they stand: an element that keeps room for them, as high as they are. */
  place = $state.raw<HTMLElement | null>(null)
  height = $state(0)
  #last = 0

  show(text: string, action?: Toast['action'], shownMs = SHOWN_MS): number {
    const id = ++this.#last
    // What only says the same again takes the place of what said it.
    const others = action ? this.all : this.all.filter((toast) => toast.action !== undefined || toast.text !== text)
    this.all = [...others.slice(-2), action ? { id, text, action } : { id, text }]
    setTimeout(() => this.hide(id), shownMs)
    return id
  }

  hide(id: number) {
    this.all = this.all.filter((toast) => toast.id !== id)
  }

  /** They stand here, until the answer is called. */
  stand(place: HTMLElement): () => void {
    this.place = place
    return () => {
      if (this.place === place) this.place = null
    }
  }
}

export const toasts = new Toasts()
