import { getContext, setContext } from 'svelte'
import type { MenuItem } from '../ui/Menu.svelte'
import type { Editing } from './editing.svelte.ts'
import type { Mark, Marks } from './outcome.ts'
import { depthOf, find, heightOf, MOST_NESTING, type Spot } from './tree.ts'
import type { Team } from './words.ts'

/** Each is asked for by itself, so that a card is drawn anew only for what it reads. */
export type Shown = {
  readonly edit: Editing | null
  readonly marks: Marks | null
  readonly differing: ReadonlySet<string> | null
  readonly event: string
  readonly team: Team
}

/** What the cards of one tree share: how they are shown, the one menu, and what is being dragged. */
export class TreeContext {
  readonly #shown: Shown
  menu = $state.raw<{ anchor: HTMLElement; items: MenuItem[]; isByKey: boolean } | null>(null)
  isMenuOpen = $state(false)
  dragged = $state<string | null>(null)

  constructor(shown: Shown) {
    this.#shown = shown
  }

  get edit(): Editing | null {
    return this.#shown.edit
  }

  get team(): Team {
    return this.#shown.team
  }

  get event(): string {
    return this.#shown.event
  }

  get hasMarks(): boolean {
    return this.#shown.marks !== null
  }

  markAt(place: string): Mark | undefined {
    return this.#shown.marks?.get(place)
  }

  differs(place: string): boolean {
    return this.#shown.differing?.has(place) ?? false
  }

  showMenu(event: MouseEvent, items: MenuItem[]) {
    const anchor = event.currentTarget as HTMLElement
    const isSame = this.menu?.anchor === anchor && this.isMenuOpen
    this.menu = { anchor, items, isByKey: event.detail === 0 }
    this.isMenuOpen = !isSame
  }

  isMenuOf(id: string): boolean {
    return this.isMenuOpen && this.menu?.anchor.id === id
  }

  /** Whether what is dragged may be dropped there. */
  canDrop({ owner }: Spot): boolean {
    if (!this.edit || this.dragged === null) return false
    const { steps } = this.edit.definition
    const found = find(steps, this.dragged)
    return found !== undefined && depthOf(steps, owner) + heightOf(found.step) <= MOST_NESTING
  }
}

const KEY = Symbol('tree')
export const provideTree = (tree: TreeContext): TreeContext => setContext(KEY, tree)
export const useTree = (): TreeContext => getContext<TreeContext>(KEY)

/** What a control says of itself: its place in the definition, if it stands for one, and whether the desk refused it. */
export function at(edit: Editing | null, place: string): Record<string, unknown> {
  if (place === '') return {}
  const isWrong = edit?.fault?.place === place
  return { 'data-place': place, ...(isWrong && { 'aria-invalid': true, 'aria-describedby': 'workflow-fault' }) }
}
