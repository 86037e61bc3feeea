// Where the focus goes in a tree of cards.
import { tick } from 'svelte'

const nextFrame = () => new Promise((done) => requestAnimationFrame(done))

/** A long tree is drawn a part at a time. */
export async function treeDrawn() {
  while (document.querySelector('.tree [data-drawing]')) await nextFrame()
}

/** The focus goes to a card once it is there, or to its first field. */
export async function focusCard(id: string, inside = false) {
  await tick()
  // A menu that closes gives the focus back to its button first.
  await nextFrame()
  await treeDrawn()
  const card = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`)
  const field = inside ? card?.closest('.card')?.querySelector<HTMLElement>('.body :is(button, select, input)') : null
  ;(field ?? card)?.focus()
}

const cards = () => [...document.querySelectorAll<HTMLElement>('.tree [data-card]')]

/** The card below a step, or the one above it where nothing is below. */
export function neighbour(id: string): string | null {
  const all = cards()
  const at = all.findIndex((card) => card.dataset['card'] === id)
  const box = all[at]?.closest('[data-step]')
  const next = all.slice(at + 1).find((card) => !box?.contains(card)) ?? all[at - 1]
  return next?.dataset['card'] ?? null
}

/** The focus goes from card to card; false where none has it. */
export function stepFocus(by: 1 | -1): boolean {
  const all = cards()
  const at = all.findIndex((card) => card === document.activeElement)
  if (at < 0) return false
  all[at + by]?.focus()
  return true
}

/** The focus goes to the control at a place, or to the nearest one around it. Answers that control's own place. */
export function focusPlace(place: string): string | null {
  for (let near = place; near !== ''; near = near.replace(/(\.[^.[\]]+|\[\d+\])$|^[^.[\]]+$/, '')) {
    const control = document.querySelector<HTMLElement>(`[data-place="${CSS.escape(near)}"]`)
    if (!control) continue
    control.focus()
    return near
  }
  return null
}
