import { mount, unmount, type Component } from 'svelte'

export type Icon = Component<{ size?: number }>

const drawn = new Map<Icon, DocumentFragment>()

/** The lines of an icon. Its own component draws them once, which takes longer than the rest of a row; every place has a copy. */
export function linesOf(icon: Icon): DocumentFragment {
  const known = drawn.get(icon) ?? draw(icon)
  drawn.set(icon, known)
  return known.cloneNode(true) as DocumentFragment
}

function draw(icon: Icon): DocumentFragment {
  const target = document.createElement('div')
  const drawing = mount(icon, { target, props: {} })
  const lines = document.createDocumentFragment()
  // Without the comments by which the component finds its lines again.
  for (const line of target.firstElementChild?.children ?? []) lines.append(line.cloneNode(true))
  void unmount(drawing)
  return lines
}
