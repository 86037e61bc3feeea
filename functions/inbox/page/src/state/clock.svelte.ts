/** The present time, renewed once a minute, so that ages and deadlines move without asking the desk. */
class Clock {
  now = $state(Date.now())

  constructor() {
    setInterval(() => (this.now = Date.now()), 60_000)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.now = Date.now()
    })
  }
}

export const clock = new Clock()
