import type { Ticket } from '../api/types.ts'
import { t } from '../messages/index.ts'

const VISITOR_LETTERS = 4

/** What the team calls the customer of a ticket. Only a proved person outranks what a browser said. */
export function customerOf(ticket: Ticket): string {
  const { person, anonymous_traits: traits } = ticket
  return (
    filled(person?.name) ??
    filled(traits['name']) ??
    filled(traits['email']) ??
    filled(ticket.email_from) ??
    t.list.visitor(ticket.distinct_id.slice(-VISITOR_LETTERS))
  )
}

const filled = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
