// What is known of the sessions that a ticket comes from, as names and values.
import type { Ticket } from '../api/types.ts'
import { t } from '../messages/later.ts'

const NAMES: Record<string, string> = { session_replay_url: t.sidebar.replay, session_id: t.sidebar.sessionId }

/** A ticket by mail has no browser behind it, unless its customer has written from one too. */
export const hasBrowser = ({ channel_source: channel, session_id: last, first_session_id: first }: Pick<Ticket, 'channel_source' | 'session_id' | 'first_session_id'>): boolean =>
  channel !== 'email' || Boolean(last ?? first)

/** The session of the last message, the one that the ticket began in if that is another, and what the widget said beside them. */
export function sessionOf({ session_id: last, first_session_id: first, session_context: context }: Ticket): [name: string, value: string][] {
  const said = Object.entries(context).filter(
    // The page stands with the customer.
    (entry): entry is [string, string] => entry[0] !== 'current_url' && typeof entry[1] === 'string' && entry[1] !== '',
  )
  return [
    ...(last ? ([[t.sidebar.sessionId, last]] as [string, string][]) : []),
    ...(first && first !== last ? ([[t.sidebar.firstSessionId, first]] as [string, string][]) : []),
    ...said.map(([name, value]): [string, string] => [NAMES[name] ?? name, value]),
  ]
}
