// Why an undo did not happen, in words: who set what since, and when. Pure.
import type { Assignee, Member, Priority, Role, Status } from '../api/types.ts'
import { t } from '../messages/later.ts'
import { ago, exact } from '../messages/time.ts'
import { asShown, nameOfAssignee, readAssignee } from './assignee.ts'

type Known = { members: readonly Member[]; roles: readonly Role[]; now: number }

const MINUTE = 60

/** Null if the desk does not say what is other by now. */
export function overtaken(body: Record<string, unknown>, known: Known): string | null {
  const what = valueOf(body['field'], body['value'], known)
  if (what === null) return null
  const at = typeof body['changed_at'] === 'string' ? (known.now - Date.parse(body['changed_at'])) / 1_000 : null
  const when = at === null ? null : at < MINUTE ? t.outbox.justNow : ago(at)
  return t.done.overtaken(whoDid(body['changed_by']), what, when)
}

function whoDid(by: unknown): string {
  const { type, name } = (by ?? {}) as { type?: unknown; name?: unknown }
  if (type === 'customer' || type === 'workflow' || type === 'system') return t.activity.actors[type]
  return typeof name === 'string' && name !== '' ? name : t.done.someone
}

function valueOf(field: unknown, value: unknown, { members, roles }: Known): string | null {
  switch (field) {
    case 'status':
      return t.status[value as Status] ?? null
    case 'priority':
      return value == null ? t.noPriority : (t.priority[value as Priority] ?? null)
    case 'assignee': {
      const { type, id } = (value ?? {}) as Partial<Assignee>
      const ref = value == null ? null : readAssignee(`${type}:${id}`)
      return (ref && nameOfAssignee(asShown(ref, members, roles), members)) ?? (value == null ? t.list.nobody : t.happened.former)
    }
    case 'tags':
      return Array.isArray(value) && value.length > 0 ? value.join(', ') : t.sidebar.noTags
    case 'snoozed_until':
    case 'sla_due_at':
      return typeof value === 'string' ? exact(value) : t.sidebar.notSnoozed
    default:
      return null
  }
}
