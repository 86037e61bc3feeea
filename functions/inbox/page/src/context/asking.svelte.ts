import { send } from '../api/client.ts'

/** How long after an answer that says that more may come it is asked again; the last of them for as long as it says so. */
const AGAIN_MS = [5_000, 15_000, 30_000] as const

/** Something of the desk that is read when it is first shown, and again while it is still arriving. */
export class Asking<T> {
  answer = $state.raw<T | null>(null)
  error = $state.raw<unknown>(null)
  isAsking = $state(false)
  readonly #path: string
  readonly #isArriving: (answer: T) => boolean
  #timer: ReturnType<typeof setTimeout> | undefined
  #times = 0
  #isOver = false

  constructor(path: string, isArriving: (answer: T) => boolean) {
    this.#path = path
    this.#isArriving = isArriving
  }

  /** Asks unless it has been asked before. */
  begin() {
    if (this.answer === null && this.error === null && !this.isAsking) void this.ask()
  }

  ask = async () => {
    clearTimeout(this.#timer)
    this.isAsking = true
    try {
      const answer = await send<T>({ method: 'GET', path: this.#path })
      if (this.#isOver) return
      this.answer = answer
      this.error = null
      if (this.#isArriving(answer)) this.#askLater()
    } catch (error) {
      this.error = error
    } finally {
      this.isAsking = false
    }
  }

  #askLater() {
    const after = AGAIN_MS[Math.min(this.#times, AGAIN_MS.length - 1)]
    this.#times += 1
    this.#timer = setTimeout(() => void this.ask(), after)
  }

  /** Nobody looks any more. */
  end() {
    this.#isOver = true
    clearTimeout(this.#timer)
  }
}
