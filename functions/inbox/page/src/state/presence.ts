// Which colleagues look at which tickets. Who has just left stays for a moment, faded, so that nobody flickers. Pure.
import type { Viewer } from '../api/types.ts'

/** `leftAt` is null while they are there. */
export type Seen = Viewer & { leftAt: number | null }

const FADED_MS = 15_000
/** Without an answer for so long, nobody knows who is there. */
const KNOWN_MS = 30_000

const keyOf = ({ user_id: user, ticket_id: ticket }: Viewer) => `${user} ${ticket}`

/** Who is there and who has just left, in an order that stays. The same as before if nothing is other. */
export function seen(before: readonly Seen[], said: readonly Viewer[], now: number): readonly Seen[] {
  const there = new Set(said.map(keyOf))
  const left = before
    .filter((one) => !there.has(keyOf(one)))
    .map((one): Seen => ({ ...one, replying: false, leftAt: one.leftAt ?? now }))
    .filter(({ leftAt }) => now - (leftAt ?? now) < FADED_MS)
  const all = [...said.map((one): Seen => ({ ...one, leftAt: null })), ...left].sort((a, b) => a.user_id - b.user_id)
  return JSON.stringify(all) === JSON.stringify(before) ? before : all
}

/** Whether what was told last still counts. */
export const isKnown = (answeredAt: number | null, now: number): boolean => answeredAt !== null && now - answeredAt < KNOWN_MS

const WRITING_MS = 60_000

/** Whether an agent is writing, and has not only left a draft. */
export const isWriting = (wroteAt: number | null, now: number): boolean => wroteAt !== null && now - wroteAt < WRITING_MS
