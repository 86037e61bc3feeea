import type { Standing, Ticket } from '../api/types.ts'

const AT_RISK_MS = 60 * 60_000

/** How a ticket stands with its deadline now. The desk's own word is as old as its last answer. */
export function standingAt({ sla }: Ticket, now: number): Standing {
  if (sla.state === 'none' || sla.state === 'paused' || !sla.due_at) return sla.state
  const left = Date.parse(sla.due_at) - now
  if (left < 0) return 'breached'
  return left <= AT_RISK_MS ? 'at_risk' : 'on_track'
}
