/** A moment of a recording, and the tab that it was in, where that is known. */
export type Moment = { at: string; window: string | null }

type Show = (moment: Moment) => void

/** Moments that someone wants to see, and the recording that can show them. */
export class Moments {
  #shows = $state.raw<Show | null>(null)

  /** Whether a recording is there to show moments. */
  get isHeard(): boolean {
    return this.#shows !== null
  }

  /** A recording says how it shows a moment, until the answer is called. */
  hear(show: Show): () => void {
    this.#shows = show
    return () => {
      if (this.#shows === show) this.#shows = null
    }
  }

  show(moment: Moment) {
    this.#shows?.(moment)
  }
}
