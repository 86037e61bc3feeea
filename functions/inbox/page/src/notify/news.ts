// What an agent is notified of. Pure.
import type { Role, Ticket } from '../api/types.ts'
import { standingAt } from '../list/standing.ts'
import type { Notifications } from '../state/preferences.svelte.ts'

export type Kind = 'unassigned' | 'message' | 'at_risk'

/** What was known of a ticket when it was last looked at. */
export type Before = { unread: number; isAtRisk: boolean }
export type Whose = { me: number; roles: readonly Role[] }

const isOpen = ({ status, snoozed_until: snoozed }: Ticket, now: number) =>
  status !== 'resolved' && (snoozed == null || Date.parse(snoozed) <= now)

export function isMine({ assignee }: Ticket, { me, roles }: Whose): boolean {
  if (assignee?.type === 'user') return assignee.id === me
  return assignee?.type === 'role' && roles.some(({ id, members }) => id === assignee.id && members.includes(me))
}

export const look = (ticket: Ticket, now: number): Before => ({
  unread: ticket.unread_team_count,
  isAtRisk: ['at_risk', 'breached'].includes(standingAt(ticket, now)),
})

/** What is new about a ticket, for this agent; null if that is nothing to say. */
export function newsOf(ticket: Ticket, before: Before | undefined, whose: Whose, now: number): Kind | null {
  if (!isOpen(ticket, now)) return null
  const { unread, isAtRisk } = look(ticket, now)
  const mine = isMine(ticket, whose)
  if (unread > (before?.unread ?? 0)) {
    if (mine) return 'message'
    if (ticket.assignee == null && before === undefined) return 'unassigned'
  }
  const isOwn = ticket.assignee?.type === 'user' && mine
  return isOwn && isAtRisk && before !== undefined && !before.isAtRisk && standingAt(ticket, now) === 'at_risk' ? 'at_risk' : null
}

/** Whether a time of day is within the quiet hours, which may go past midnight. */
export function isQuiet({ quietFrom: from, quietTo: to }: Notifications, now: Date): boolean {
  if (!from || !to || from === to) return false
  const time = `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`
  return from < to ? time >= from && time < to : time >= from || time < to
}
