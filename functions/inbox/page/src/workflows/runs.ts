// What the list of workflows says of their runs. Pure.
import { w } from '../messages/workflows.ts'
import { span } from '../messages/time.ts'
import type { RunLog } from './outcome.ts'

const WEEK_MS = 7 * 24 * 3_600_000
const MINUTE_S = 60

export type Summary = { last: RunLog | undefined; failures: number; text: string }

/** The last run, and how many failed in a week: of the runs that were read, where there were more. */
export function summary(runs: readonly RunLog[], hasMore: boolean, now: number): Summary {
  const recent = runs.filter(({ started_at }) => now - Date.parse(started_at) < WEEK_MS)
  const failures = recent.filter(({ outcome }) => outcome === 'failed').length
  const isWhole = !hasMore || recent.length < runs.length
  const text = failures === 0 ? '' : isWhole ? w.list.failures(failures) : w.list.failuresOf(failures, runs.length)
  return { last: runs[0], failures, text }
}

/** When it was, as one says it. */
export function since(at: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1_000)
  return seconds < MINUTE_S ? w.list.justNow : w.list.ago(span(seconds))
}

/** How long a run took; null while it is under way. */
export function duration({ started_at: from, finished_at: to }: RunLog): string | null {
  if (!to) return null
  const milliseconds = Math.max(0, Date.parse(to) - Date.parse(from))
  return milliseconds < 1_000 ? w.runs.milliseconds(milliseconds) : w.runs.seconds(Math.round(milliseconds / 100) / 10)
}

export type Tone = 'plain' | 'good' | 'warning' | 'danger' | 'info'
export const toneOf = (outcome: string | null | undefined): Tone => {
  if (outcome == null) return 'info'
  return outcome === 'failed' ? 'danger' : outcome === 'acted' ? 'good' : outcome === 'rate_limited_then_acted' ? 'warning' : 'plain'
}
