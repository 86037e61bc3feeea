// Conditions and actions in words, in parts, so that what was chosen can stand out from the sentence around it. Pure.
import type { Member, Priority, Role, Status } from '../api/types.ts'
import { t } from '../messages/later.ts'
import { w } from '../messages/workflows.ts'
import { nameOfMember } from '../state/assignee.ts'
import { group, isComparison } from './conditions.ts'
import type { Action, Comparison, Condition, Inputs } from './definition.ts'
import { kindOf, partsOf, type Kind, type Operator } from './properties.ts'

export type Part = { text: string; is: 'name' | 'word' | 'value' | 'gone' }
/** Who may be named. */
export type Team = { members: readonly Member[]; roles: readonly Role[] }

const CHOICES: Partial<Record<Kind, Record<string, string>>> = {
  status: t.status,
  priority: t.priority,
  channel: t.channel,
  ...w.values,
}

/** What a property of this kind may be; undefined where anything may stand. */
export function choicesOf(kind: Kind): { value: string; label: string }[] | undefined {
  const words = CHOICES[kind]
  return words && Object.entries(words).map(([value, label]) => ({ value, label }))
}

export function nameOf(path: string): string {
  const { name, isRead } = partsOf(path)
  const known = w.property[name] ?? path
  return isRead && known !== path ? w.condition.asRead(known) : known
}

export function operatorName(operator: string, kind: Kind): string {
  const isDate = kind === 'date' && (operator === 'greater_than' || operator === 'less_than')
  if (isDate) return w.condition.dates[operator]
  return w.condition.operators[operator as Operator] ?? w.condition.unknownOperator(operator)
}

/** A value as people call it. */
export function valueName(kind: Kind, value: unknown, team: Team): string {
  if (Array.isArray(value)) return value.map((one) => valueName(kind, one, team)).join(', ')
  if (typeof value === 'boolean') return value ? w.condition.yes : w.condition.no
  if (value === undefined || value === null || value === '') return w.condition.empty
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (kind === 'assignee') return personName(value, team) ?? text
  return CHOICES[kind]?.[text] ?? text
}

/** Members have numbers, roles have UUIDs. */
function personName(id: unknown, { members, roles }: Team): string | null {
  const member = members.find((each) => String(each.id) === String(id))
  return member ? nameOfMember(member) : (roles.find((role) => role.id === id)?.name ?? null)
}

export function conditionWords(condition: Condition, team: Team, isInner = false): Part[] {
  if (isComparison(condition)) return comparisonWords(condition, team)
  if ('not' in condition) return [word(w.condition.notWord), word('('), ...conditionWords(condition.not, team), word(')')]
  const of = group(condition)
  const members = (of?.members ?? []).map((member) => conditionWords(member, team, true))
  const between = word(of?.join === 'any' ? w.condition.or : w.condition.and)
  const parts = members.flatMap((member, at) => (at === 0 ? member : [between, ...member]))
  return isInner && members.length > 1 ? [word('('), ...parts, word(')')] : parts
}

function comparisonWords({ property, operator, value }: Comparison, team: Team): Part[] {
  const kind = kindOf(property)
  const parts: Part[] = [{ is: 'name', text: property === '' ? w.condition.empty : nameOf(property) }, word(operatorName(operator, kind))]
  return value === undefined ? parts : [...parts, { is: 'value', text: valueName(kind, value, team) }]
}

const word = (text: string): Part => ({ is: 'word', text })
const value = (text: string): Part => ({ is: 'value', text })

/** The comparisons within a condition, in order. */
export const comparisonsIn = (condition: Condition): Comparison[] => {
  if (isComparison(condition)) return [condition]
  return 'not' in condition ? comparisonsIn(condition.not) : (group(condition)?.members ?? []).flatMap(comparisonsIn)
}

/** What an action does, one line for each thing. */
export function actionWords({ action, inputs }: Action, team: Team): Part[][] {
  if (action === 'get_ticket') return [[word(w.step.getsTicket)]]
  const lines = updateWords(inputs, team)
  return lines.length > 0 ? lines : [[word(w.step.unchangedTicket)]]
}

const line = (name: string, ...parts: Part[]): Part[] => [{ is: 'name', text: name }, ...parts]

function updateWords(inputs: Inputs, team: Team): Part[][] {
  const { status, priority, sla_amount: amount, assignee, tags, tags_mode: mode } = inputs
  const lines: Part[][] = []
  if (status !== undefined) lines.push(line(w.update.status, value(t.status[status as Status] ?? String(status))))
  if (priority !== undefined) lines.push(line(w.update.priority, value(t.priority[priority as Priority] ?? String(priority))))
  if (amount !== undefined) lines.push(line(w.update.deadline, ...deadlineWords(inputs)))
  if (assignee !== undefined) lines.push(line(w.update.assignee, assigneeWord(assignee, team)))
  if (Array.isArray(tags)) lines.push(line(w.update.tags, value(tagWords(tags.map(String), mode))))
  return lines
}

function deadlineWords({ sla_amount: amount, sla_unit: unit, sla_business_hours: hours }: Inputs): Part[] {
  if (String(amount).trim() === 'clear') return [value(w.update.noDue)]
  const due = value(w.update.dueIn(String(amount), typeof unit === 'string' ? unit : 'hour'))
  return hours ? [due, word(w.update.inHours)] : [due]
}

const tagWords = (tags: readonly string[], mode: unknown): string => {
  if (mode === 'add') return w.update.addTags(tags)
  return mode === 'remove' ? w.update.removeTags(tags) : w.update.setTags(tags)
}

/** Who is assigned, as an input, a condition or a run names them. */
export function assigneeWord(given: unknown, team: Team): Part {
  if (given === null) return value(w.update.nobody)
  const { id, name } = (given ?? {}) as { id?: unknown; name?: unknown }
  const known = typeof name === 'string' ? name : personName(id, team)
  return known === null ? { is: 'gone', text: w.update.gone } : value(known)
}

/** Whether an input names a member or a role that the project does not have. */
export const isGone = (assignee: unknown, team: Team): boolean =>
  assignee !== undefined && assigneeWord(assignee, team).is === 'gone'
