// What is said while the desk does not answer as it should. Pure.
import { ApiError, Unreachable } from '../api/errors.ts'

export type Trouble = 'offline' | 'busy' | 'no-access'

/** One answer that fails is nobody's business, unless the browser itself says that there is no network. */
const SAID_FROM = 2

/** What a failed question for news means; null for what is said elsewhere, as that the session is over. */
export function troubleOf(error: unknown): Trouble | null {
  if (error instanceof Unreachable) return 'offline'
  if (!(error instanceof ApiError)) return 'busy'
  if (error.status === 401) return null
  return error.status === 403 || error.status === 404 ? 'no-access' : 'busy'
}

/** Whether asking the same again may help: the desk did not answer, was busy, or failed. */
export const mayHeal = (error: unknown): boolean => !(error instanceof ApiError) || error.status >= 500 || error.status === 429

/** Whether what was told before can't be gone on from, so that the next question begins anew. */
export const isCursorRefused = (error: unknown): boolean => error instanceof ApiError && error.status === 400 && error.attr === 'since'

export const isSaid = (failures: number, isOnline: boolean): boolean => failures >= SAID_FROM || (failures > 0 && !isOnline)
