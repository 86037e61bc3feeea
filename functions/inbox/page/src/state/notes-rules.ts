// What is shown of a note that this page has changed, and whose a note is. Pure.
import type { Member, Message } from '../api/types.ts'
import { nameOfMember } from './assignee.ts'

export type Laid = { is: 'removed' } | { is: 'changed'; message: Message; isPending: boolean }

/** The message as it is shown; null if it is removed. A later version by anyone else counts more than a confirmed change. */
export function laidOver(message: Message, laid: Laid | undefined): Message | null {
  if (laid === undefined) return message
  if (laid.is === 'removed') return null
  return laid.isPending || laid.message.version >= message.version ? laid.message : message
}

/** Whether an agent seems to have written a note. The desk names its author only, and has the last word. */
export const isOwn = (message: Message, me: Pick<Member, 'first_name' | 'email'>): boolean =>
  message.is_private && message.author_type === 'support' && message.author_name === nameOfMember(me)
