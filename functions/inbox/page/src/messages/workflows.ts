import { enWorkflows, type WorkflowMessages } from './en-workflows.ts'

/** The words of the workflows' part in the agent's language. */
export const w: WorkflowMessages = enWorkflows
