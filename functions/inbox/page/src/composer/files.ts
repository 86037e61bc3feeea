// Which files may go with a message. Pure.
import type { DraftFile } from '../state/drafts.ts'

const MB = 1024 * 1024
export const MOST_FILES = 20
export const MOST_BYTES = 10 * MB
export const MOST_BYTES_IN_ALL = 25 * MB

export type Refusal = { is: 'too-many' | 'too-large' | 'too-large-in-all' | 'empty'; name: string }

type Sized = { name: string; size: number }

/** Those that may go beside the ones there are, and why others may not. */
export function chosen<T extends Sized>(there: readonly Sized[], given: readonly T[]): { taken: T[]; refused: Refusal[] } {
  const taken: T[] = []
  const refused: Refusal[] = []
  let bytes = there.reduce((sum, { size }) => sum + size, 0)
  for (const file of given) {
    const is = whyNot(file, there.length + taken.length, bytes)
    if (is === null) {
      taken.push(file)
      bytes += file.size
    } else refused.push({ is, name: file.name })
  }
  return { taken, refused }
}

function whyNot({ size }: Sized, count: number, bytes: number): Refusal['is'] | null {
  if (size === 0) return 'empty'
  if (size > MOST_BYTES) return 'too-large'
  if (count >= MOST_FILES) return 'too-many'
  return bytes + size > MOST_BYTES_IN_ALL ? 'too-large-in-all' : null
}

/** The desk keeps what is not sent for a day. An hour less, since files go in their own time. */
const KEPT_MS = 23 * 60 * 60_000

/** Whether the desk has the file and keeps it until it is sent. */
export const isThere = ({ id, at }: DraftFile, now: number): boolean => id !== null && now - at < KEPT_MS
