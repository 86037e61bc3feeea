// What may be chosen in filters and menus.
import type { Channel, Member, Priority, Role, Standing, Status } from '../api/types.ts'
import { t } from '../messages/later.ts'
import { nameOfMember } from '../state/assignee.ts'
import type { Choice } from '../ui/Combobox.svelte'

const from = <T extends string>(names: readonly T[], words: Record<T, string>): Choice[] =>
  names.map((value) => ({ value, label: words[value] }))

export const STATUSES = from<Status>(['new', 'open', 'pending', 'on_hold', 'resolved'], t.status)
export const PRIORITIES = from<Priority>(['high', 'medium', 'low'], t.priority)
export const CHANNELS = from<Channel>(['widget', 'email', 'slack', 'api'], t.channel)
/** The API's filter has its own spelling of a deadline's states. */
export const DEADLINES: Choice[] = ([['breached', 'breached'], ['at-risk', 'at_risk'], ['on-track', 'on_track'], ['none', 'none']] satisfies [string, Standing][])
  .map(([value, standing]) => ({ value, label: t.standing[standing] }))
export const YES_NO: Choice[] = [{ value: 'true', label: t.filter.yes }, { value: 'false', label: t.filter.no }]

/** Members, I first; then roles, each with its members, by whose names it is found too. */
export function people(members: readonly Member[], roles: readonly Role[], me: number): Choice[] {
  const first = members.filter(({ id }) => id === me)
  const others = members.filter(({ id }) => id !== me)
  const users = [...first, ...others].map((member) => ({
    value: `user:${member.id}`,
    label: nameOfMember(member),
    detail: member.email,
    keywords: [member.email],
  }))
  const groups = roles.map((role) => {
    const names = members.filter(({ id }) => role.members.includes(id)).map(nameOfMember)
    return { value: `role:${role.id}`, label: role.name, detail: names.join(', '), keywords: names }
  })
  return [...users, ...groups]
}
