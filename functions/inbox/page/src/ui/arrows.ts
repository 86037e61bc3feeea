// The arrow keys go from one control of a column to the next, as in every menu.

/** The place that a key leads to from the one at `at`, which is -1 outside; null for a key that leads nowhere. */
export function placeAfter(key: string, at: number, count: number): number | null {
  if (count === 0) return null
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  if (key === 'ArrowDown') return (at + 1) % count
  if (key === 'ArrowUp') return at <= 0 ? count - 1 : at - 1
  return null
}

/** Lets the arrow keys move the focus among the buttons in an element. */
export function byArrows(within: HTMLElement): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    const buttons = [...within.querySelectorAll<HTMLElement>('button')].filter((button) => button.checkVisibility())
    const to = placeAfter(event.key, buttons.findIndex((button) => button === document.activeElement), buttons.length)
    if (to === null) return
    event.preventDefault()
    buttons[to]?.focus()
  }
  within.addEventListener('keydown', press)
  return () => within.removeEventListener('keydown', press)
}
