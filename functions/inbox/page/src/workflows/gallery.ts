// What a workflow of the gallery needs before it can be saved. Pure.
import type { Definition } from './definition.ts'
import { walk } from './tree.ts'

/** Names are compared as the desk does: in any case. */
const folded = (name: string): string => name.normalize('NFC').toLowerCase()

/** The roles that a workflow names and the project does not have, each once. */
export function missingRoles({ steps }: Definition, roles: readonly { name: string }[]): string[] {
  const known = new Set(roles.map(({ name }) => folded(name)))
  const missing = new Map<string, string>()
  for (const { step } of walk(steps)) {
    const assignee = step.is === 'action' ? (step.inputs['assignee'] as { name?: unknown } | null | undefined) : null
    const name = assignee?.name
    if (typeof name === 'string' && !known.has(folded(name))) missing.set(folded(name), name)
  }
  return [...missing.values()]
}
