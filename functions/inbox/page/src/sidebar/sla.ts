// What the desk says about a deadline, and the bar that is drawn of it. Pure.
import type { Standing, Status } from '../api/types.ts'

export type MetricName = 'first_response' | 'next_response' | 'resolution'
export type Target = { amount: number; unit: string }
type Span = { from: string; to: string | null }

/** What has counted towards a target. Only `state` is there while nothing is due. */
export type Counted = {
  state?: 'running' | 'paused' | 'stopped' | 'not_waiting'
  target: Target | null
  counted_seconds?: number
  remaining_seconds?: number
  due_at?: string | null
  earlier_seconds?: number
  windows?: Span[]
  pauses?: (Span & { status: Status })[]
}

/** A policy, and the first of its conditions that does not hold. */
export type Rule = { name: string; applies: boolean; unmet: Unmet | null }
export type Unmet = { attribute: string; expected: string[]; had: unknown; is_unproven: boolean }

export type Explained = {
  state: Standing
  due_at: string | null
  remaining_seconds: number | null
  policy: string | null
  metric: MetricName | null
  source: 'explicit' | 'policy' | 'none'
  reason: string
  set: (Counted & { set_at: string }) | null
  business_hours: { days: string[]; time: unknown; timezone: string } | null
  paused_by: Status[]
  metrics: (Counted & { metric: MetricName })[]
  policies: Rule[]
}

export type Part = { is: 'earlier' | 'counted' | 'left'; seconds: number; from: number | null; to: number | null }

const SECONDS: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400, week: 604_800 }

export const secondsOf = ({ amount, unit }: Target): number => Math.round(amount * (SECONDS[unit] ?? 0))

/** The parts of a target from left to right: what has counted, then what is left. Their seconds add up to the target. */
export function partsOf(counted: Counted, now: number): Part[] {
  if (!counted.target || !counted.windows) return []
  const parts: Part[] = []
  const add = (is: Part['is'], seconds: number, from: number | null, to: number | null) => {
    if (seconds > 0) parts.push({ is, seconds, from, to })
  }
  add('earlier', counted.earlier_seconds ?? 0, null, null)
  for (const window of counted.windows) {
    const [from, to] = [Date.parse(window.from), window.to === null ? now : Date.parse(window.to)]
    const here = Math.min(Math.max(now, from), to)
    add('counted', (here - from) / 1_000, from, here)
    add('left', (to - here) / 1_000, here, to)
  }
  // While the clock is paused, nobody knows yet when the rest will count.
  const rest = secondsOf(counted.target) - parts.reduce((sum, { seconds }) => sum + seconds, 0)
  if (counted.due_at == null) add('left', rest, null, null)
  return parts
}

/** Seconds from a pause's begin to its end, or until now. */
export const lengthOf = ({ from, to }: Span, now: number): number => ((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1_000

/** The policies before the one that applies, which the desk asked first. */
export function earlierPolicies({ policies }: Explained): Explained['policies'] {
  const at = policies.findIndex(({ applies }) => applies)
  return at < 0 ? policies : policies.slice(0, at)
}
