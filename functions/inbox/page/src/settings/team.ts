// Who is in a project, read in full: the lists of other parts show the first hundred.
import { api, read, send } from '../api/client.ts'
import type { Page, Role, Ticket } from '../api/types.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { nameOfMember } from '../state/assignee.ts'

const OPEN = 'new,open,pending,on_hold'

/** Reads members and roles again, so that every list in the page has them as they are. */
export async function readTeam(desk: Desk) {
  const params = { path: { project_id: desk.project.id }, query: { limit: 1000 } }
  const [members, roles] = await Promise.all([
    read(api.GET('/api/projects/{project_id}/members', { params })),
    read(api.GET('/api/projects/{project_id}/roles', { params })),
  ])
  desk.members = members.results
  desk.roles = roles.results
}

/** The names of the roles that somebody is in. */
export const rolesOf = (roles: readonly Role[], member: number): string[] => roles.filter(({ members }) => members.includes(member)).map(({ name }) => name)

export type Count = { n: number; isExact: boolean }

/** How many tickets that are not resolved a member or a role has. */
export async function openTicketsOf(desk: Desk, assignee: string): Promise<Count> {
  const path = desk.path(`tickets/?limit=1&status=${OPEN}&assignee=${encodeURIComponent(assignee)}`)
  const { count, count_is_exact } = await send<Page<Ticket>>({ method: 'GET', path })
  return { n: count, isExact: count_is_exact !== false }
}

/** To whom tickets can be handed, without the one who leaves. */
export function heirs({ members, roles }: Pick<Desk, 'members' | 'roles'>, leaving: string) {
  const users = members.map((member) => ({ value: `user:${member.id}`, label: nameOfMember(member) }))
  const groups = roles.map((role) => ({ value: `role:${role.id}`, label: role.name }))
  return { users: users.filter(({ value }) => value !== leaving), roles: groups.filter(({ value }) => value !== leaving) }
}

/** What a DELETE asks for, so that the tickets go to somebody. */
export const handTo = (heir: string): string => (heir === '' ? '' : `?hand_to=${encodeURIComponent(heir)}`)
