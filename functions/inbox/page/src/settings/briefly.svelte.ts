/** Something that is shown for a minute, or until the window is hidden: who passes by later does not see it. */
export class Briefly {
  value = $state<string | null>(null)
  /** It was hidden without anybody asking for it. */
  isOver = $state(false)

  /** Begins within a component, and ends with it. */
  constructor(shown_ms = 60_000) {
    const hide = () => {
      this.value = null
      this.isOver = true
    }
    const hideWithWindow = () => {
      if (document.visibilityState === 'hidden') hide()
    }
    $effect(() => {
      if (this.value === null) return
      const timer = setTimeout(hide, shown_ms)
      document.addEventListener('visibilitychange', hideWithWindow)
      return () => {
        clearTimeout(timer)
        document.removeEventListener('visibilitychange', hideWithWindow)
      }
    })
  }

  show(value: string) {
    this.value = value
    this.isOver = false
  }

  hide() {
    this.value = null
  }
}
