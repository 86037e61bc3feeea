// Who wrote a message that came by mail. Pure.
import type { Message, Ticket } from '../../api/types.ts'

type Asker = Pick<Ticket, 'email_from'>

/** The address of whoever takes part and is not the one who asked; null for everybody else. */
export function participantOf({ author_type: type, source }: Pick<Message, 'author_type' | 'source'>, { email_from: asker }: Asker): string | null {
  if (type !== 'customer' || source == null || asker == null) return null
  return source.from.toLowerCase() === asker.toLowerCase() ? null : source.from
}

/** What the team calls whoever wrote a message. */
export function writerOf(message: Pick<Message, 'author_type' | 'author_name' | 'source'>, ticket: Asker, customer: string): string {
  return message.author_type === 'customer' && participantOf(message, ticket) === null ? customer : message.author_name
}
