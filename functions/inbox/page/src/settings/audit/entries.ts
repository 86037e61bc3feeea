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

export type Words = { nothing: string; on: string; off: string; former: string; size: (bytes: number) => string; fields: Record<string, string>; values: Record<string, Record<string, string>> }
export type Team = { members: readonly Member[]; roles: readonly Role[] }
/** A value that was changed. A long one is a text of its own. */
export type Line = { field: string; before: string; after: string; isLong: boolean }

const SHORT = 120
/** Says again, with its formatting, what `content` says. */
const LEFT_OUT = ['rich_content']

/** The values that an entry changed. What is nested is said by the way to it; what is the same before and after is left out. */
export function linesOf({ changes }: Pick<Entry, 'changes'>, words: Words, team: Team): Line[] {
  return changes
    .filter(({ field }) => !LEFT_OUT.includes(field))
    .flatMap(({ field, before, after }) => {
      const [was, is] = [leavesOf(field, before, words, team), leavesOf(field, after, words, team)]
      return [...new Set([...was.keys(), ...is.keys()])].map((path) => [path, was.get(path) ?? words.nothing, is.get(path) ?? words.nothing] as const)
    })
    .filter(([, before, after]) => before !== after)
    .map(([field, before, after]) => ({ field, before, after, isLong: isLong(before) || isLong(after) }))
}

const isLong = (text: string): boolean => text.length > SHORT || text.includes('\n')

type Nested = Record<string, unknown>
const isNested = (value: unknown): value is Nested => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every single value within one, by the way to it: of what has a name, by its name. */
function leavesOf(field: string, value: unknown, words: Words, team: Team): Map<string, string> {
  const leaves = new Map<string, string>()
  const go = (value: unknown, way: readonly string[], last: string) => {
    if (Array.isArray(value) && value.some(isNested)) value.forEach((item, at) => go(item, [...way, nameOf(item, at)], last))
    else if (isNested(value) && !isSize(value)) for (const [key, inner] of Object.entries(value)) go(inner, [...way, fieldOf(key, words)], key)
    else leaves.set(way.join(' › '), valueOf(last, value, words, team))
  }
  go(value, [fieldOf(field, words)], field)
  return leaves
}

const nameOf = (item: unknown, at: number): string => (isNested(item) && typeof item['name'] === 'string' ? item['name'] : String(at + 1))
const isSize = (value: Nested): boolean => typeof value['bytes'] === 'number' && Object.keys(value).length === 1

function fieldOf(field: string, { fields }: Words): string {
  const name = field.replace(/^conversations_settings\./, '')
  return fields[name] ?? name.replaceAll(/[_.]/g, ' ')
}

function valueOf(field: string, value: unknown, words: Words, team: Team): string {
  if (value === null || value === undefined || value === '') return words.nothing
  if (typeof value === 'boolean') return value ? words.on : words.off
  if (typeof value === 'number') return field === 'user' || field === 'members' ? personOf(value, words, team) : String(value)
  if (typeof value === 'string') return words.values[field]?.[value] ?? assigneeOf(value, words, team) ?? value
  if (Array.isArray(value)) return listOf(field, value, words, team)
  return words.size((value as { bytes: number }).bytes)
}

/** Pairs, such as hours, are said as from the one to the other. */
function listOf(field: string, values: unknown[], words: Words, team: Team): string {
  const texts = values.map((value) => (Array.isArray(value) ? value.join('–') : valueOf(field, value, words, team)))
  return texts.join(', ') || words.nothing
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
