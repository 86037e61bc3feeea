// The inputs of Update ticket, one change each. An input that is not given leaves its field as it is. Pure.
import type { Inputs } from './definition.ts'

/** The same inputs with these; undefined takes one away. */
export function withInputs(inputs: Inputs, changes: Inputs): Inputs {
  const next = { ...inputs, ...changes }
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined))
}

export type DeadlineChoice = 'unchanged' | 'in' | 'clear'

export function deadlineOf({ sla_amount: amount }: Inputs): DeadlineChoice {
  if (amount === undefined) return 'unchanged'
  return String(amount).trim() === 'clear' ? 'clear' : 'in'
}

export function withDeadline(inputs: Inputs, choice: DeadlineChoice): Inputs {
  if (choice === 'unchanged') return withInputs(inputs, { sla_amount: undefined, sla_unit: undefined, sla_business_hours: undefined })
  if (choice === 'clear') return withInputs(inputs, { sla_amount: 'clear', sla_unit: undefined, sla_business_hours: undefined })
  return withInputs(inputs, { sla_amount: deadlineOf(inputs) === 'in' ? inputs['sla_amount'] : '', sla_unit: inputs['sla_unit'] ?? 'hour' })
}

export type TagsChoice = 'unchanged' | 'set' | 'add' | 'remove'

export function tagsChoiceOf({ tags, tags_mode: mode }: Inputs): TagsChoice {
  if (tags === undefined) return 'unchanged'
  return mode === 'add' || mode === 'remove' ? mode : 'set'
}

/** Replacing is what an absent mode means. */
export function withTagsChoice(inputs: Inputs, choice: TagsChoice): Inputs {
  if (choice === 'unchanged') return withInputs(inputs, { tags: undefined, tags_mode: undefined })
  return withInputs(inputs, { tags: inputs['tags'] ?? [], tags_mode: choice === 'set' ? undefined : choice })
}

export const tagsOf = ({ tags }: Inputs): string[] => (Array.isArray(tags) ? tags.map(String) : [])

/** Whether tags are to be added or removed, and none is named. */
export const lacksTags = (inputs: Inputs): boolean =>
  ['add', 'remove'].includes(tagsChoiceOf(inputs)) && Array.isArray(inputs['tags']) && inputs['tags'].length === 0

/** Tags are kept in lower case; a placeholder stays as it was written. */
export const tagFrom = (typed: string): string => (typed.includes('{') ? typed.trim() : typed.trim().toLowerCase())

export function withTag(inputs: Inputs, tag: string): Inputs {
  const tags = tagsOf(inputs)
  return withInputs(inputs, { tags: tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag] })
}

export type Hours = { days: string[]; time: unknown; timezone?: string; holidays?: unknown }
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

export const usualHours = (): Hours => ({ days: WEEKDAYS.slice(0, 5), time: ['09:00', '17:00'] })

/** One window a day; null for the whole day, and undefined for several windows, which the form does not draw. */
export function windowOf(time: unknown): [string, string] | null | undefined {
  if (time === 'any') return null
  const isPair = Array.isArray(time) && time.length === 2 && time.every((end) => typeof end === 'string')
  return isPair ? (time as [string, string]) : undefined
}
