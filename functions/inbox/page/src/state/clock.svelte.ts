import { createSubscriber } from 'svelte/reactivity'

/** The present time, so that ages and deadlines move without asking the desk. */
class Clock {
  /** Renewed once a minute. */
  now = $state(Date.now())
  #everySecond = createSubscriber((update) => {
    const timer = setInterval(update, 1_000)
    return () => clearInterval(timer)
  })

  constructor() {
    setInterval(() => (this.now = Date.now()), 60_000)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.now = Date.now()
    })
  }

  /** Renewed every second, while anything on screen reads it. */
  get precise(): number {
    this.#everySecond()
    return Date.now()
  }
}

export const clock = new Clock()
