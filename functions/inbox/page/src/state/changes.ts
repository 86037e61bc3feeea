// Changes of a ticket in words, and backwards.
import type { AssigneeRef, Assignee, Member, Role, Ticket, TicketChange } from '../api/types.ts'
import { t } from '../messages/index.ts'
import { asShown, nameOfAssignee } from './assignee.ts'

/** The change that restores what a ticket had in those fields. */
export function reverse(ticket: Ticket, change: TicketChange): TicketChange {
  const back: TicketChange = {}
  if (change.status !== undefined) back.status = ticket.status
  if (change.priority !== undefined) back.priority = ticket.priority ?? null
  if (change.assignee !== undefined) back.assignee = refOf(ticket.assignee)
  if (change.tags !== undefined) back.tags = ticket.tags
  if (change.snoozed_until !== undefined) back.snoozed_until = ticket.snoozed_until ?? null
  if (change.sla_due_at !== undefined) back.sla_due_at = ticket.sla.due_at ?? null
  if (change.cc_participants !== undefined) back.cc_participants = ticket.cc_participants
  return back
}

/**
 * What the desk can compare before an undo. It can't compare who takes part; instead the undo leaves alone whoever came or went
 * meanwhile.
 */
export function comparable({ cc_participants: _, ...change }: TicketChange): TicketChange {
  return change
}

/** Who takes part once a change of that is undone, whatever else has changed since. */
export function participantsBack(before: readonly string[], made: readonly string[], now: readonly string[]): string[] {
  const removed = before.filter((address) => !made.includes(address))
  const left = now.filter((address) => before.includes(address) || !made.includes(address))
  return [...new Set([...left, ...removed])]
}

/** Whether nothing is left to do on the ticket for now: it is resolved, waits for the customer, or sleeps. */
export const putsAside = ({ status, snoozed_until: until }: TicketChange): boolean => status === 'resolved' || status === 'pending' || typeof until === 'string'

export const refOf = (assignee: Assignee | null | undefined): AssigneeRef | null =>
  assignee ? ({ type: assignee.type, id: assignee.id } as AssigneeRef) : null

/** What was done, in a few words for a toast. */
export function describe(change: TicketChange, members: readonly Member[], roles: readonly Role[]): string {
  const { status, priority, assignee, tags, snoozed_until: snoozed, sla_due_at: due, cc_participants: participants } = change
  if (snoozed !== undefined) return snoozed === null ? t.done.unsnoozed : t.done.snoozed
  if (status !== undefined) return t.done.status(t.status[status])
  if (assignee === null) return t.done.unassigned
  if (assignee !== undefined) return t.done.assigned(nameOfAssignee(asShown(assignee, members, roles), members) ?? t.list.nobody)
  if (priority !== undefined) return t.done.priority(priority === null ? t.noPriority : t.priority[priority])
  if (due !== undefined) return t.done.deadline
  if (participants !== undefined) return t.done.participants
  return tags === undefined ? t.done.changed : t.done.tags
}
