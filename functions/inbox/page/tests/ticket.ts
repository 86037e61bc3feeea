import type { Ticket } from '../src/api/types.ts'

/** A ticket as the desk shows one, with what a test says about it. */
export function ticket(number: number, given: Partial<Ticket> = {}): Ticket {
  const at = new Date(Date.UTC(2026, 10, 29, 12, 0, number)).toISOString()
  return {
    id: `t${number}`,
    ticket_number: number,
    channel_source: 'widget',
    distinct_id: `visitor-${number}`,
    status: 'open',
    anonymous_traits: {},
    proven_traits: [],
    ai_resolved: false,
    created_at: at,
    updated_at: at,
    message_count: 1,
    unread_team_count: 0,
    unread_customer_count: 0,
    session_context: {},
    sla: { state: 'none' },
    tags: [],
    cc_participants: [],
    ...given,
  }
}
