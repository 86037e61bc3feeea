// Entries of the audit in words.
import type { components } from '../../api/schema.gen.ts'
import type { Member, Role } from '../../api/types.ts'
import { nameOfMember } from '../../state/assignee.ts'

export type AuditAction = components['schemas']['AuditAction']
export type Entry = Omit<components['schemas']['AuditBody'], 'changes'> & { changes: { field: string; before: unknown; after: unknown }[] }

/** What can be done, by what it is done to. */
export function byObject(actions: readonly AuditAction[]): [string, AuditAction[]][] {
  const groups = new Map<string, AuditAction[]>()
  for (const action of actions) {
    const object = action.split('.')[0]!
    groups.set(object, [...(groups.get(object) ?? []), action])
  }
  return [...groups]
}

export type Words = { nothing: string; on: string; off: string; former: string; size: (bytes: number) => string; fields: Record<string, string> }
export type Team = { members: readonly Member[]; roles: readonly Role[] }
/** A value that was changed. A long one is a text of its own. */
export type Line = { field: string; before: string; after: string; isLong: boolean }

const SHORT = 120

/** The values that an entry changed. Of what is new or gone there is one side only, and what was nothing before and after is left out. */
export function linesOf({ changes }: Pick<Entry, 'changes'>, words: Words, team: Team): Line[] {
  return changes
    .map(({ field, before, after }) => {
      const [was, is] = [valueOf(field, before, words, team), valueOf(field, after, words, team)]
      return { field: fieldOf(field, words), before: was, after: is, isLong: isLong(was) || isLong(is) }
    })
    .filter(({ before, after }) => before !== words.nothing || after !== words.nothing)
}

const isLong = (text: string): boolean => text.length > SHORT || text.includes('\n')

function fieldOf(field: string, { fields }: Words): string {
  const name = field.replace(/^conversations_settings\./, '')
  return fields[name] ?? name.replaceAll(/[_.]/g, ' ')
}

function valueOf(field: string, value: unknown, words: Words, team: Team): string {
  if (value === null || value === undefined || value === '') return words.nothing
  if (typeof value === 'boolean') return value ? words.on : words.off
  if (typeof value === 'number') return field === 'user' || field === 'members' ? personOf(value, words, team) : String(value)
  if (typeof value === 'string') return assigneeOf(value, words, team) ?? value
  if (Array.isArray(value)) return listOf(field, value, words, team)
  const { bytes } = value as { bytes?: unknown }
  return typeof bytes === 'number' && Object.keys(value).length === 1 ? words.size(bytes) : JSON.stringify(value, null, 2)
}

function listOf(field: string, values: unknown[], words: Words, team: Team): string {
  if (values.length === 0) return words.nothing
  if (values.some((value) => typeof value === 'object')) return JSON.stringify(values, null, 2)
  return values.map((value) => valueOf(field, value, words, team)).join(', ')
}

function personOf(id: number, { former }: Words, { members }: Team): string {
  const member = members.find((one) => one.id === id)
  return member ? nameOfMember(member) : former
}

/** `user:7` and `role:…` are those who have tickets; null for any other text. */
function assigneeOf(text: string, words: Words, team: Team): string | null {
  const [, kind, id] = /^(user|role):([\w-]+)$/.exec(text) ?? []
  if (kind === 'user') return personOf(Number(id), words, team)
  return kind === 'role' ? (team.roles.find((role) => role.id === id)?.name ?? words.former) : null
}
