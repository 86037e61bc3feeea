// How often the desk is asked for news.

export type Attention = { isVisible: boolean; isLeader: boolean; lastUsedAt: number; hiddenSince: number | null; notifies: boolean }

const ACTIVE_MS = 5_000
const VISIBLE_MS = 15_000
const RARELY_MS = 60_000
const IDLE_AFTER_MS = 2 * 60_000
const STOP_AFTER_MS = 30 * 60_000

/**
 * Milliseconds until the next question, or null to ask no more until the page is looked at again. A busy desk may ask for
 * longer pauses, never for shorter ones.
 */
export function pace(attention: Attention, now: number, serverSeconds: number | null): number | null {
  const { isVisible, isLeader, hiddenSince, notifies } = attention
  // Another tab asks; a hidden one has nothing to show, and a visible one looks after its own open ticket now and then.
  if (!isLeader) return isVisible ? RARELY_MS : null
  if (!isVisible && !notifies && hiddenSince !== null && now - hiddenSince >= STOP_AFTER_MS) return null
  const own = !isVisible ? RARELY_MS : now - attention.lastUsedAt < IDLE_AFTER_MS ? ACTIVE_MS : VISIBLE_MS
  return Math.max(own, (serverSeconds ?? 0) * 1_000)
}
