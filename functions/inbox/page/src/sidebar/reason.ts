// Why a ticket has the deadline that it has, in the page's own words. Pure.
import type { Status } from '../api/types.ts'
import { t } from '../messages/later.ts'
import type { Explained } from './sla.ts'

type Asked = Pick<Explained, 'state' | 'source' | 'policy' | 'metric' | 'policies'>

export function reasonOf({ state, source, policy, metric, policies }: Asked, status: Status): string {
  const words = t.sla.reasons
  const word = t.status[status]
  if (state === 'none' && status === 'resolved') return words.resolved
  if (source === 'explicit') return state === 'paused' ? words.ownPaused(word) : policies.length === 0 ? words.own : words.ownWins
  if (policy !== null && metric !== null) {
    const target = words.metrics[metric]
    if (state === 'breached') return words.breached(policy, target)
    return state === 'paused' ? words.paused(policy, target, word) : words.next(policy, target)
  }
  if (policies.length === 0) return words.noPolicies
  return policies.some(({ applies }) => applies) ? words.nothingDue : words.noneApplies
}
