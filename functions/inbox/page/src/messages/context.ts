import { enContext, type ContextMessages } from './en-context.ts'

/** The words of what a customer's browser sent, in the agent's language. */
export const c: ContextMessages = enContext
