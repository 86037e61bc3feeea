// What a workflow lacks that its author should know of: the desk takes it, or took it once. Pure.
import type { Definition } from './definition.ts'
import { lacksTags } from './inputs.ts'
import { walk } from './tree.ts'
import { isGone, type Team } from './words.ts'

/** The place of the first step that adds or removes tags and names none. */
export function lackingTags({ steps }: Definition): string | null {
  for (const { step, place } of walk(steps)) if (step.is === 'action' && lacksTags(step.inputs)) return `${place}.inputs.tags`
  return null
}

/** The place of the first step that names a member or a role that the project does not have: a run fails there. */
export function lackingAssignee({ steps }: Definition, team: Team): string | null {
  for (const { step, place } of walk(steps)) if (step.is === 'action' && isGone(step.inputs['assignee'], team)) return `${place}.inputs.assignee`
  return null
}
