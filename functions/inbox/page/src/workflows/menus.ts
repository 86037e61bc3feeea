// What the menus of the tree offer.
import MoveDown from '@lucide/svelte/icons/move-down'
import MoveLeft from '@lucide/svelte/icons/move-left'
import MoveRight from '@lucide/svelte/icons/move-right'
import MoveUp from '@lucide/svelte/icons/move-up'
import Copy from '@lucide/svelte/icons/copy'
import BookOpen from '@lucide/svelte/icons/book-open'
import SquarePen from '@lucide/svelte/icons/square-pen'
import Split from '@lucide/svelte/icons/split'
import Trash from '@lucide/svelte/icons/trash-2'
import { w } from '../messages/workflows.ts'
import type { MenuItem } from '../ui/Menu.svelte'
import type { Editing } from './editing.svelte.ts'
import { copyOf, find, MOST_NESTING, moveBy, newStep, type Spot, type Way } from './tree.ts'

export const STEP_ICON = { get_ticket: BookOpen, update_ticket: SquarePen, branches: Split }

/** Which step may be added at a place. */
export function stepChoices(edit: Editing, spot: Spot, depth: number): MenuItem[] {
  const kinds = ['update_ticket', 'branches', 'get_ticket'] as const
  return kinds
    .filter((kind) => kind !== 'branches' || depth < MOST_NESTING)
    .map((kind) => ({ label: w.step.actions[kind], icon: STEP_ICON[kind], run: () => edit.add(spot, newStep(kind)) }))
}

const WAYS = [
  { way: 'up', label: w.step.moveUp, icon: MoveUp, command: 'workflow.moveUp' },
  { way: 'down', label: w.step.moveDown, icon: MoveDown, command: 'workflow.moveDown' },
  { way: 'in', label: w.step.moveIn, icon: MoveRight, command: 'workflow.moveIn' },
  { way: 'out', label: w.step.moveOut, icon: MoveLeft, command: 'workflow.moveOut' },
] as const satisfies readonly { way: Way; label: string; icon: unknown; command: string }[]

/** What may be done with a step: the ways it can go, a copy, its end. */
export function stepMenu(edit: Editing, id: string): MenuItem[] {
  const { steps } = edit.definition
  const ways = WAYS.filter(({ way }) => moveBy(steps, id, way) !== steps)
  return [
    ...ways.map(({ way, label, icon, command }) => ({ label, icon, command, run: () => edit.move(id, way) })),
    ...(ways.length > 0 ? (['line'] as const) : []),
    { label: w.step.duplicate, icon: Copy, run: () => duplicate(edit, id) },
    { label: w.step.remove, icon: Trash, command: 'workflow.remove', isDanger: true, run: () => edit.removeStep(id) },
  ]
}

function duplicate(edit: Editing, id: string) {
  const found = find(edit.definition.steps, id)
  if (found) edit.add({ owner: found.owner, at: found.at + 1 }, copyOf(found.step))
}
