import { tick } from 'svelte'

/** What had the focus may have gone, with its row. The focus goes on at the head of the section then. */
export async function keepFocus() {
  await tick()
  // A dialog that closes gives the focus back first.
  await new Promise(requestAnimationFrame)
  await new Promise(requestAnimationFrame)
  if (document.activeElement === null || document.activeElement === document.body) document.querySelector<HTMLElement>('.content h1')?.focus()
}
