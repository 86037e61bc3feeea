// What a quick action changes of the ticket, part by part.
import type { Member, QuickAction, ReplyChanges, Role } from '../api/types.ts'
import { t } from '../messages/later.ts'
import { asShown, nameOfAssignee, readAssignee } from '../state/assignee.ts'

export type Chip = { key: string; field: keyof ReplyChanges; tag?: string; label: string }

/** The changes that a quick action holds. */
export function changesIn({ actions }: Pick<QuickAction, 'actions'>): ReplyChanges {
  const { status, priority, tags, assignee } = actions
  const ref = assignee ? readAssignee(`${assignee.type}:${String(assignee.id)}`) : null
  return {
    ...(status && { status }),
    ...(priority && { priority }),
    ...(tags && tags.length > 0 && { tags }),
    ...(ref && { assignee: ref }),
  }
}

/** A second quick action adds to the first; where both say something, the second is meant. */
export function together(first: ReplyChanges, second: ReplyChanges): ReplyChanges {
  const tags = [...new Set([...(first.tags ?? []), ...(second.tags ?? [])])]
  return { ...first, ...second, ...(tags.length > 0 && { tags }) }
}

export function chipsOf(changes: ReplyChanges, members: readonly Member[], roles: readonly Role[]): Chip[] {
  const { status, priority, tags = [], assignee } = changes
  const chips: Chip[] = []
  if (status) chips.push({ key: 'status', field: 'status', label: t.done.status(t.status[status]) })
  if (priority) chips.push({ key: 'priority', field: 'priority', label: t.done.priority(t.priority[priority]) })
  if (assignee) {
    const name = nameOfAssignee(asShown(assignee, members, roles), members) ?? t.happened.former
    chips.push({ key: 'assignee', field: 'assignee', label: t.done.assigned(name) })
  }
  for (const tag of tags) chips.push({ key: `tag ${tag}`, field: 'tags', tag, label: t.composer.addsTag(tag) })
  return chips
}

export function without(changes: ReplyChanges, { field, tag }: Pick<Chip, 'field' | 'tag'>): ReplyChanges {
  const { [field]: _, ...rest } = changes
  const tags = (changes.tags ?? []).filter((one) => one !== tag)
  return tag !== undefined && tags.length > 0 ? { ...rest, tags } : rest
}
