// A change of a ticket as one line.
import type { Activity, Assignee, Member, Priority, Role, Status } from '../api/types.ts'
import { t } from '../messages/later.ts'
import { moment } from '../messages/time.ts'
import { asShown, nameOfAssignee, nameOfMember, readAssignee } from '../state/assignee.ts'

export type Line = { who: string; what: string; workflow: string | null }

type Change = { field?: unknown; before?: unknown; after?: unknown }
type Team = { members: readonly Member[]; roles: readonly Role[] }

/** Null if nothing of the change has words. */
export function inWords({ actor, changes }: Pick<Activity, 'actor' | 'changes'>, team: Team): Line | null {
  const parts = (changes as Change[]).map((change) => part(change, team)).filter((text) => text !== null)
  if (parts.length === 0) return null
  const id = actor.id as unknown
  const member = team.members.find((one) => one.id === id)
  const who = actor.type === 'user' ? (member ? nameOfMember(member) : t.happened.former) : t.happened.actors[actor.type as 'system'] ?? actor.type
  return { who, what: parts.join(', '), workflow: actor.type === 'workflow' && typeof id === 'string' ? id : null }
}

function part({ field, before, after }: Change, team: Team): string | null {
  switch (field) {
    case 'status':
      return t.happened.status(t.status[after as Status] ?? String(after))
    case 'priority':
      return after === null ? t.happened.noPriority : t.happened.priority(t.priority[after as Priority] ?? String(after))
    case 'assignee':
      return assigned(after as Assignee | null, team)
    case 'tags':
      return tagged(before, after)
    case 'snoozed_until':
      return typeof after === 'string' ? t.happened.snoozed(moment(after)) : t.happened.unsnoozed
    case 'sla_due_at':
      return typeof after === 'string' ? t.happened.due(moment(after)) : t.happened.noDue
    default:
      return null
  }
}

function assigned(after: Assignee | null, { members, roles }: Team): string {
  const ref = after && readAssignee(`${after.type}:${after.id}`)
  const name = ref && nameOfAssignee(asShown(ref, members, roles), members)
  return after === null ? t.happened.unassigned : t.happened.assigned(name ?? t.happened.former)
}

function tagged(before: unknown, after: unknown): string | null {
  const [had, has] = [before, after].map((tags) => (Array.isArray(tags) ? tags.map(String) : []))
  const added = has!.filter((tag) => !had!.includes(tag))
  const removed = had!.filter((tag) => !has!.includes(tag))
  const texts = [added.length > 0 ? t.happened.tagged(added) : '', removed.length > 0 ? t.happened.untagged(removed) : '']
  return texts.filter(Boolean).join(', ') || null
}
