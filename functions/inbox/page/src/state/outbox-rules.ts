// What a message on its way may do, and when. Pure, so that each rule can be tried.
import type { ReplyChanges } from '../api/types.ts'
import { NO_COPIES, writtenOf, type Draft, type Unsent, type Written } from './drafts.ts'
import type { SendStatus } from './preferences.svelte.ts'

/** How a command that is not confirmed stands. */
export type Standing = { is: 'waiting' | 'sending' } | { is: 'retrying'; since: number; nextAt: number } | { is: 'signed-out' }

/** From this age on an unsent answer waits for the agent's word, because the conversation may have gone on. */
export const STALE_MS = 2 * 60_000
/** The most bytes of a request's body that may outlive a closed page. Browsers allow 64 KiB in all. */
export const KEEPALIVE_BYTES = 60_000
/** For how long the page does not say that a send is late. */
export const PATIENCE_MS = 15_000
/** Whether something has failed for so long that the agent is told. */
export const isLate = (standing: Standing | undefined, now: number): boolean => standing?.is === 'retrying' && now - standing.since > PATIENCE_MS

export const LONGEST = 50_000
const LIMIT_SHOWN_FROM = 0.9

/** Whether an unsent answer waits for the agent's word once the network is back or the page is opened again. */
export const waitsForWord = ({ pressedAt }: Pick<Unsent, 'pressedAt'>, now: number): boolean => now - pressedAt > STALE_MS

export const fitsKeepalive = (body: string): boolean => new TextEncoder().encode(body).length <= KEEPALIVE_BYTES

/** The text's length, and whether it is so near the limit that it is shown. */
export function lengthOf(text: string): { length: number; isNear: boolean; isOver: boolean } {
  // The desk counts characters; the `length` of a string would count UTF-16 units.
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
  const { cc, bcc } = unsent.copies ?? NO_COPIES
  const attachments = (unsent.files ?? []).flatMap(({ id }) => (id === null ? [] : [id]))
  return {
    message: unsent.text,
    is_private: !isReply,
    ...(rich && { rich_content: rich }),
    ...(isReply && unsent.seenUntil !== null && { seen_until: unsent.seenUntil }),
    ...(isReply && unsent.force && { force: true }),
    ...(isReply && cc.length > 0 && { cc }),
    ...(isReply && bcc.length > 0 && { bcc }),
    ...(attachments.length > 0 && { attachments }),
    ...(Object.keys(changes).length > 0 && { changes: { ...changes, ...(changes.tags && { tags_mode: 'add' }) } }),
  }
}

export const statusOf = (choice: SendStatus): Unsent['status'] => (choice === 'unchanged' ? null : choice)

/** The message that was tried before, to go under its key again; null if what is written now is another message. */
export function again(tried: Draft['tried'], written: Written & Pick<Unsent, 'status'>): Unsent | null {
  if (!tried || tried.text !== written.text || tried.status !== written.status) return null
  const goesWith = ({ changes, files, copies }: Written) => JSON.stringify([changes, files?.map(({ id }) => id) ?? [], copies ?? NO_COPIES])
  return goesWith(tried) === goesWith(written) ? tried : null
}

/** Puts the text that is taken back before the text written since. Where both change a field, the later change counts. */
export function joined(back: Written, since: Written): Written {
  const texts = [back.text, since.text].filter((text) => text.trim() !== '')
  const [one, other] = [back.copies ?? NO_COPIES, since.copies ?? NO_COPIES]
  const both = (mine: readonly string[], theirs: readonly string[]) => [...new Set([...mine, ...theirs])]
  return writtenOf({
    text: texts.join('\n\n'),
    changes: { ...back.changes, ...since.changes },
    files: [...new Map([...(back.files ?? []), ...(since.files ?? [])].map((file) => [file.key, file])).values()],
    copies: { cc: both(one.cc, other.cc), bcc: both(one.bcc, other.bcc) },
  })
}
