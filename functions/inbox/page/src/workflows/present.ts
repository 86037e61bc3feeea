// The event as a ticket would cause it now, and what Get ticket reads of it: as the desk makes them for a dry run. Pure.
import type { Ticket } from '../api/types.ts'
import { carriedBy } from './properties.ts'

type Values = Record<string, unknown>

export function presentEvent(event: string, ticket: Ticket): Values {
  const values: Values = { ...baseOf(ticket), ...special(event, ticket) }
  return Object.fromEntries(carriedBy(event).flatMap((name) => (name in values ? [[name, values[name]]] : [])))
}

function baseOf(ticket: Ticket): Values {
  const { name, email } = ticket.anonymous_traits
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return {
    ticket_id: ticket.id,
    ticket_number: ticket.ticket_number,
    channel_source: ticket.channel_source,
    channel_detail: ticket.channel_detail ?? null,
    status: ticket.status,
    priority: ticket.priority ?? null,
    customer_name: text(name),
    customer_email: text(email),
    customer_email_proven: isProven(ticket),
  }
}

const isProven = ({ anonymous_traits: { email }, proven_traits: proven }: Ticket): boolean => typeof email === 'string' && proven.includes('email')

/** What only some events carry. Values that only the past knows, such as the status before, are null. */
function special(event: string, ticket: Ticket): Values {
  switch (event) {
    case '$conversation_ticket_status_changed':
      return { old_status: null, new_status: ticket.status }
    case '$conversation_ticket_priority_changed':
      return { old_priority: null, new_priority: ticket.priority ?? null }
    case '$conversation_ticket_assigned':
      return { assignee_type: ticket.assignee?.type ?? null, assignee_id: ticket.assignee?.id ?? null }
    case '$conversation_ticket_tags_changed':
      return { tags: ticket.tags, added: [], removed: [] }
    case '$conversation_message_sent':
      return { author_type: 'team', message_content: ticket.last_message_text ?? null }
    case '$conversation_message_received':
      return { author_type: 'customer', message_content: ticket.last_message_text ?? null }
    default:
      return {}
  }
}

export const ticketVariables = (ticket: Ticket): Values => ({
  ...baseOf(ticket),
  id: ticket.id,
  distinct_id: ticket.distinct_id,
  created_at: ticket.created_at,
  updated_at: ticket.updated_at,
  message_count: ticket.message_count,
  last_message_at: ticket.last_message_at ?? null,
  last_message_text: ticket.last_message_text ?? null,
  unread_team_count: ticket.unread_team_count,
  unread_customer_count: ticket.unread_customer_count,
  sla_due_at: ticket.sla_due_at ?? null,
  tags: ticket.tags,
  assignee: ticket.assignee ? { type: ticket.assignee.type, id: ticket.assignee.id } : null,
})
