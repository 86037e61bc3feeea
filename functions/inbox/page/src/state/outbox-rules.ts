// What a message on its way may do, and when. Pure, so that each rule can be tried.
import type { ReplyChanges } from '../api/types.ts'
import type { Draft, Unsent, Written } from './drafts.ts'
import type { Standing } from './outbox.svelte.ts'
import type { SendStatus } from './preferences.svelte.ts'

/** An answer that is older than this is no longer what the agent would say without looking. */
export const STALE_MS = 2 * 60_000
/** What may outlive a page that is closed, in bytes. */
export const KEEPALIVE_BYTES = 60_000
/** How long a failing send is nobody's business. */
export const PATIENCE_MS = 15_000
/** Whether something has failed for so long that the agent is told. */
export const isLate = (standing: Standing | undefined, now: number): boolean => standing?.is === 'retrying' && now - standing.since > PATIENCE_MS

export const LONGEST = 50_000
const LIMIT_SHOWN_FROM = 0.9

/** The network is back, or the page was opened again: does it go by itself, or wait for the agent's word? */
export const waitsForWord = ({ pressedAt }: Pick<Unsent, 'pressedAt'>, now: number): boolean => now - pressedAt > STALE_MS

export const fitsKeepalive = (body: string): boolean => new TextEncoder().encode(body).length <= KEEPALIVE_BYTES

/** The length to show, once it comes near the limit. */
export function lengthOf(text: string): { length: number; isNear: boolean; isOver: boolean } {
  // The desk counts signs, not halves of them.
  const length = [...text].length
  return { length, isNear: length >= LONGEST * LIMIT_SHOWN_FROM, isOver: length > LONGEST }
}

/** What the message changes: the button's status, unless a quick action set another. A note leaves the button's alone. */
export function changesOf({ kind, changes, status }: Pick<Unsent, 'kind' | 'changes' | 'status'>): ReplyChanges {
  return kind === 'reply' && status !== null && changes.status === undefined ? { ...changes, status } : changes
}

/** The request's body. Who may read it follows from the draft's kind and from nothing else. */
export function bodyOf(unsent: Unsent, rich: object | null): Record<string, unknown> {
  const changes = changesOf(unsent)
  const isReply = unsent.kind === 'reply'
  return {
    message: unsent.text,
    is_private: !isReply,
    ...(rich && { rich_content: rich }),
    ...(isReply && unsent.seenUntil !== null && { seen_until: unsent.seenUntil }),
    ...(isReply && unsent.force && { force: true }),
    ...(Object.keys(changes).length > 0 && { changes: { ...changes, ...(changes.tags && { tags_mode: 'add' }) } }),
  }
}

export const statusOf = (choice: SendStatus): Unsent['status'] => (choice === 'unchanged' ? null : choice)

/** The same message as was tried before goes under its key again; another one is another message. */
export function again(tried: Draft['tried'], written: Written & Pick<Unsent, 'status'>): Unsent | null {
  if (!tried || tried.text !== written.text || tried.status !== written.status) return null
  return JSON.stringify(tried.changes) === JSON.stringify(written.changes) ? tried : null
}

/** What is taken back stands before what was written since. */
export function joined(back: Written, since: Written): Written {
  const texts = [back.text, since.text].filter((text) => text.trim() !== '')
  return { text: texts.join('\n\n'), changes: { ...back.changes, ...since.changes } }
}
