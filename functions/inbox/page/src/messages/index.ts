import { en, type Messages } from './en.ts'

/** The words of the page in the agent's language. */
export const t: Messages = en
