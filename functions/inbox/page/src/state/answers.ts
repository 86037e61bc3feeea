// What an answer to a change means for whoever pressed. Each row of this table is a state that the agent sees.
import { ApiError, Unreachable } from '../api/errors.ts'

export type Verdict =
  /** Tried again by itself, with the same key. */
  | { is: 'retry'; afterMs: number }
  /** Someone else wrote meanwhile; nothing was sent. */
  | { is: 'newer' }
  /** Someone else changed this meanwhile; nothing was changed. */
  | { is: 'changed' }
  /** The session is over; what waits is sent after signing in again. */
  | { is: 'signed-out' }
  | { is: 'forbidden' }
  | { is: 'gone' }
  | { is: 'too-long' }
  /** The desk does not take it as it is. */
  | { is: 'refused'; detail: string; attr: string | null }

const DELAYS_MS = [1_000, 2_000, 5_000, 10_000, 30_000]

/** `attempts` is how often it was tried; `random` is in [0, 1) and spreads the retries of many pages. */
export function judge(error: unknown, attempts: number, random: number): Verdict {
  if (error instanceof Unreachable) return retry(null, attempts, random)
  if (!(error instanceof ApiError)) throw error
  switch (error.status) {
    case 401:
      return { is: 'signed-out' }
    case 403:
      return { is: 'forbidden' }
    case 404:
      return { is: 'gone' }
    case 409:
      return error.code === 'newer_message' ? { is: 'newer' } : retry(error.retryAfterSeconds, attempts, random)
    case 412:
      return { is: 'changed' }
    case 413:
      return { is: 'too-long' }
    case 429:
      return retry(error.retryAfterSeconds, attempts, random)
    default:
      if (error.status >= 500) return retry(error.retryAfterSeconds, attempts, random)
      return { is: 'refused', detail: error.message, attr: error.attr }
  }
}

function retry(afterSeconds: number | null, attempts: number, random: number): Verdict {
  if (afterSeconds !== null) return { is: 'retry', afterMs: afterSeconds * 1_000 }
  const delay = DELAYS_MS[Math.min(Math.max(attempts, 1), DELAYS_MS.length) - 1] ?? 30_000
  return { is: 'retry', afterMs: Math.round(delay * (0.8 + 0.4 * random)) }
}
