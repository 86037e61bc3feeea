import type { Assignee, AssigneeRef, Member, Role } from '../api/types.ts'

export const nameOfMember = (member: Pick<Member, 'first_name' | 'email'>): string => member.first_name || member.email

/** The name of whoever a ticket is assigned to; null if nobody is, or if they are unknown here. */
export function nameOfAssignee(assignee: Assignee | null | undefined, members: readonly Member[]): string | null {
  if (!assignee) return null
  if (assignee.type === 'role') return assignee.role?.name ?? null
  const member = members.find(({ id }) => id === assignee.id)
  return member ? nameOfMember(member) : assignee.user ? nameOfMember(assignee.user) : null
}

/** How filters and menus write an assignee, such as `user:1`. */
export const keyOfAssignee = ({ type, id }: AssigneeRef): string => `${type}:${id}`

export function readAssignee(key: string): AssigneeRef | null {
  const [type, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
  if (type === 'user' && /^\d+$/.test(id)) return { type, id: Number(id) }
  return type === 'role' ? { type, id } : null
}

/** The assignee as the desk would show it, to be shown before the desk has answered. */
export function asShown(ref: AssigneeRef | null, members: readonly Member[], roles: readonly Role[]): Assignee | null {
  if (!ref) return null
  if (ref.type === 'user') {
    const member = members.find(({ id }) => id === ref.id)
    return { ...ref, user: member ? { email: member.email, first_name: member.first_name } : null, role: null }
  }
  const role = roles.find(({ id }) => id === ref.id)
  return { ...ref, role: role ? { name: role.name } : null, user: null }
}
