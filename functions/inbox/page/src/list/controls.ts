// The controls inside a row, and how the arrow keys lead to them, as in every grid.

/** The place of the row itself, before its first control. */
const ROW = -1

/** The place that a key leads to from the control at `at`; null for a key that leads nowhere. */
export function placeAfter(key: string, at: number, controls: number, isRightToLeft: boolean): number | null {
  if (key === 'Escape') return at === ROW ? null : ROW
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null
  const to = at + ((key === 'ArrowRight') === isRightToLeft ? -1 : 1)
  return to < ROW || to >= controls ? null : to
}

/** Moves the focus inside a row. Answers whether the key was one for that. */
export function moveInRow(row: HTMLElement, key: string): boolean {
  const controls = [...row.querySelectorAll<HTMLElement>('a[href], button, input')].filter((control) => control.checkVisibility())
  const at = controls.findIndex((control) => control === document.activeElement)
  const to = placeAfter(key, at, controls.length, getComputedStyle(row).direction === 'rtl')
  if (to === null) return false
  ;(controls[to] ?? row).focus({ preventScroll: true })
  return true
}
