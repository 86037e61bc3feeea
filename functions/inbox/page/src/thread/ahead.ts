// Conversations that are read before their ticket is opened. Reading messages marks nothing as read.
import type { Ticket } from '../api/types.ts'
import { Conversation } from './conversation.svelte.ts'

const KEPT = 8
const FRESH_MS = 60_000

type Ahead = { conversation: Conversation; state: string; at: number }
const ahead = new Map<string, Ahead>()

/** What would make a conversation another one than it was. */
const stateOf = (ticket: Ticket) => `${ticket.message_count} ${ticket.unread_team_count} ${ticket.updated_at}`

const isFresh = (known: Ahead | undefined, ticket: Ticket): known is Ahead =>
  known !== undefined && known.state === stateOf(ticket) && known.conversation.state.is !== 'failed' && Date.now() - known.at < FRESH_MS

/** Reads the conversations of these tickets, unless they are known. */
export function readAhead(project: number, tickets: readonly Ticket[]) {
  for (const ticket of tickets) {
    if (isFresh(ahead.get(ticket.id), ticket)) continue
    const conversation = new Conversation(project, ticket)
    void conversation.load()
    ahead.delete(ticket.id)
    ahead.set(ticket.id, { conversation, state: stateOf(ticket), at: Date.now() })
    const oldest = ahead.keys().next().value
    if (ahead.size > KEPT && oldest !== undefined) ahead.delete(oldest)
  }
}

/** The conversation of a ticket that is opened: the one that was read ahead, or one that is being read from now on. */
export function conversationOf(project: number, ticket: Ticket): Conversation {
  const known = ahead.get(ticket.id)
  ahead.delete(ticket.id)
  if (isFresh(known, ticket)) return known.conversation
  const conversation = new Conversation(project, ticket)
  void conversation.load()
  return conversation
}
