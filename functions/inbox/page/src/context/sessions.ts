// The sessions that a ticket's messages came from, as one may choose among them. Pure.
import type { NamedSession, Ticket } from '../api/types.ts'
import { c } from '../messages/context.ts'

/** `id` is null for the session in which the ticket was opened, if there was one at all. */
export type Choice = { id: string | null; isOpening: boolean; at: string; hasRecording: boolean }

/** The session in which the ticket was opened first, then those of later messages, the oldest first. */
export function choicesOf(ticket: Pick<Ticket, 'created_at'>, opening: string | null, sessions: readonly NamedSession[]): Choice[] {
  const first = sessions.find(({ id }) => id === opening)
  const later = sessions.filter((session) => session !== first).toSorted((a, b) => a.named_at.localeCompare(b.named_at))
  return [
    { id: opening, isOpening: true, at: ticket.created_at, hasRecording: first?.has_recording ?? false },
    ...later.map(({ id, named_at, has_recording }) => ({ id, isOpening: false, at: named_at, hasRecording: has_recording })),
  ]
}

export function labelOf({ isOpening, at, hasRecording }: Choice, moment: (at: string) => string): string {
  const name = isOpening ? c.session.opened(moment(at)) : c.session.message(moment(at))
  return hasRecording ? c.session.recorded(name) : name
}
