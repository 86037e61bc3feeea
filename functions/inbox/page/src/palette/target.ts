// What a command is about: the selected tickets, the ticket whose row has the focus, or else the open one.
import type { Ticket } from '../api/types.ts'
import { changeSelected } from '../list/bulk-change.ts'
import { tagsAfter, type BulkChange } from '../list/bulk.ts'
import { focusedRow } from '../sidebar/at-hand.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { tickets } from '../state/tickets.svelte.ts'

export type Target = { is: 'selection'; ids: readonly string[] } | { is: 'ticket'; ticket: Ticket }

export function targetOf(desk: Desk): Target | null {
  const selected = [...(desk.list?.selection.ids ?? [])]
  if (selected.length > 0) return { is: 'selection', ids: selected }
  const ticket = tickets.get(focusedRow() ?? '') ?? desk.openTicket
  return ticket ? { is: 'ticket', ticket } : null
}

/** Changes the ticket, or all that are selected, with an undo. */
export function change(desk: Desk, target: Target, made: BulkChange) {
  if (target.is === 'ticket') {
    const { tags_mode: mode, ...rest } = made
    return desk.change(target.ticket, mode && rest.tags ? { ...rest, tags: tagsAfter(target.ticket.tags, made) } : rest)
  }
  void changeSelected(desk, made)
}
