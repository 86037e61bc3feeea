// What a command does to the tickets that it is about.
import { changeSelected } from '../list/bulk-change.ts'
import { tagsAfter, type BulkChange } from '../list/bulk.ts'
import type { Target } from '../state/at-hand.svelte.ts'
import type { Desk } from '../state/desk.svelte.ts'

/** Changes the ticket, or all that are selected, with an undo. */
export function change(desk: Desk, target: Target, made: BulkChange) {
  if (target.is === 'ticket') {
    const { tags_mode: mode, ...rest } = made
    return desk.change(target.ticket, mode && rest.tags ? { ...rest, tags: tagsAfter(target.ticket.tags, made) } : rest)
  }
  void changeSelected(desk, made)
}
