import { enMail } from './en-mail.ts'

/** The words of a conversation by mail in the agent's language. */
export const m = enMail
