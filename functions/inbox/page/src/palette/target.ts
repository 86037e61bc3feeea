// What a command is about: the selected tickets, the ticket whose row has the focus, or else the open one.
import type { Ticket } from '../api/types.ts'
import type { BulkChange } from '../list/bulk.ts'
import { t } from '../messages/index.ts'
import { focusedRow } from '../sidebar/at-hand.ts'
import { Bulk } from '../state/bulk.svelte.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { tickets } from '../state/tickets.svelte.ts'
import { undo } from '../state/undo.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'

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
    return desk.change(target.ticket, mode && rest.tags ? { ...rest, tags: tagsOf(target.ticket, rest.tags, mode) } : rest)
  }
  void changeAll(desk, target.ids, made)
}

const tagsOf = ({ tags }: Ticket, given: readonly string[], mode: BulkChange['tags_mode']): string[] =>
  mode === 'remove' ? tags.filter((tag) => !given.includes(tag)) : mode === 'add' ? [...new Set([...tags, ...given])] : [...given]

async function changeAll(desk: Desk, ids: readonly string[], made: BulkChange) {
  const base = desk.path('')
  const outcome = await new Bulk().change(base, ids, made)
  const text = t.bulk.outcome(outcome.changed, outcome.already, outcome.gone, outcome.overtaken, outcome.failed.length)
  desk.list?.selection.set(outcome.failed)
  if (outcome.undo.length === 0) return void toasts.show(text)
  undo.offer(text, () => {
    void new Bulk().changeEach(base, outcome.undo).then(({ changed, overtaken, failed }) => {
      toasts.show(t.bulk.undone(changed, overtaken + failed.length))
    })
  })
}
