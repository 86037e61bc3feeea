// The rows of a ticket's activity log in words.
import type { Activity, Member, Priority, Role, Status } from '../api/types.ts'
import { t } from '../messages/later.ts'
import { exact } from '../messages/time.ts'
import { nameOfMember } from '../state/assignee.ts'

type Change = { field: string; before: unknown; after: unknown }
export type Known = { members: readonly Member[]; roles: readonly Role[]; me: number }

export function whoDid({ actor }: Pick<Activity, 'actor'>, { members, me }: Known): string {
  const words = t.activity.actors
  if (actor.type === 'customer') return words.customer
  if (actor.type === 'workflow') return words.workflow
  if (actor.type !== 'user') return words.system
  const id: unknown = actor.id
  if (id === me) return words.you
  const member = members.find((each) => each.id === id)
  return member ? nameOfMember(member) : words.former
}

/** Each change of a row as one sentence without its subject. */
export const whatChanged = ({ changes }: Pick<Activity, 'changes'>, known: Known): string[] =>
  (changes as unknown as Change[]).map((change) => inWords(change, known))

function inWords({ field, before, after }: Change, known: Known): string {
  const words = t.activity
  switch (field) {
    case 'status':
      return words.status(statusOf(before), statusOf(after))
    case 'priority':
      return words.priority(priorityOf(before), priorityOf(after))
    case 'assignee':
      return after == null ? words.unassigned : words.assigned(assigneeOf(after, known))
    case 'tags':
      return words.tags(without(after, before), without(before, after))
    case 'snoozed_until':
      return typeof after === 'string' ? words.snoozed(exact(after)) : words.unsnoozed
    case 'sla_due_at':
      return typeof after === 'string' ? words.deadline(exact(after)) : words.noDeadline
    default:
      return words.other(field.replaceAll('_', ' '))
  }
}

const statusOf = (value: unknown): string => t.status[value as Status] ?? String(value)
const priorityOf = (value: unknown): string => (value == null ? t.noPriority : (t.priority[value as Priority] ?? String(value)))
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [])
const without = (all: unknown, others: unknown): string[] => listOf(all).filter((each) => !listOf(others).includes(each))

function assigneeOf(value: unknown, { members, roles, me }: Known): string {
  const { type, id } = value as { type?: string; id?: unknown }
  if (type === 'role') return roles.find((role) => role.id === id)?.name ?? t.activity.actors.former
  if (id === me) return t.activity.self
  const member = members.find((each) => each.id === id)
  return member ? nameOfMember(member) : t.activity.actors.former
}
