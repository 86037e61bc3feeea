import { tick } from 'svelte'

/** What had the focus may have gone, with its row. The focus goes on at the head of the section then. */
export async function keepFocus() {
  await tick()
  // A dialog that closes gives the focus back first.
  await new Promise(requestAnimationFrame)
  await new Promise(requestAnimationFrame)
  // Its region took the focus meanwhile, or nothing has it.
  const at = document.activeElement
  if (at === null || at === document.body || at.matches('[data-region]')) document.querySelector<HTMLElement>('.content h1')?.focus()
}
