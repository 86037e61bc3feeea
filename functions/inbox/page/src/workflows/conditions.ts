// Changes of one condition, and what it relies on. Pure.
import type { Comparison, Condition, Definition, Step } from './definition.ts'
import { newCondition } from './tree.ts'

export const MOST_JOINED = 8

export const isComparison = (condition: Condition): condition is Comparison => 'property' in condition

/** The members of a group; undefined for what is none. */
export function group(condition: Condition): { join: 'all' | 'any'; members: Condition[] } | undefined {
  if ('all' in condition) return { join: 'all', members: condition.all }
  return 'any' in condition ? { join: 'any', members: condition.any } : undefined
}

export const joined = (join: 'all' | 'any', members: Condition[]): Condition => (join === 'all' ? { all: members } : { any: members })

/** The same condition with one more beside it. */
export function withAnother(condition: Condition, another: Condition = newCondition()): Condition {
  const of = group(condition)
  return of ? joined(of.join, [...of.members, another]) : { all: [condition, another] }
}

/** A condition that does not hold where this one does, and the other way round. */
export const negated = (condition: Condition): Condition => ('not' in condition ? condition.not : { not: condition })

/** Replaces a member, or removes it. A group of one is that one. */
export function withMember(condition: Condition, at: number, member: Condition | null): Condition {
  const of = group(condition)
  if (!of) return condition
  const members = member ? of.members.with(at, member) : of.members.toSpliced(at, 1)
  const [only] = members
  return only && members.length === 1 ? only : joined(of.join, members)
}

export const heightOf = (condition: Condition): number => {
  if ('not' in condition) return 1 + heightOf(condition.not)
  const of = group(condition)
  return of ? 1 + Math.max(0, ...of.members.map(heightOf)) : 0
}

const ADDRESS = /^event\.properties\.customer_email$|^variables\.ticket\.customer_email$/
const PROOF = /\.customer_email_proven$/

/** Asked beside a condition on the customer's address: that it is more than what somebody typed. */
export const PROVEN: Condition = { property: 'event.properties.customer_email_proven', operator: 'equals', value: true }

const asksProof = (condition: Condition): boolean => {
  if ('all' in condition) return condition.all.some(asksProof)
  return isComparison(condition) && PROOF.test(condition.property) && condition.operator === 'equals' && String(condition.value) === 'true'
}

/** Whether a condition takes a customer's word for their address. */
export function reliesOnClaim(condition: Condition): boolean {
  if (asksProof(condition)) return false
  if ('not' in condition) return reliesOnClaim(condition.not)
  const of = group(condition)
  if (of) return of.members.some(reliesOnClaim)
  return isComparison(condition) && ADDRESS.test(condition.property) && !['is_set', 'is_not_set'].includes(condition.operator)
}

export const isProven = (filters: readonly Condition[]): boolean => filters.some(asksProof)

/** Whether any condition of a workflow does, where no filter and no branch around it asks for proof. */
export const definitionReliesOnClaim = ({ filters, steps }: Definition): boolean =>
  !isProven(filters) && (filters.some(reliesOnClaim) || stepsRely(steps))

const stepsRely = (steps: readonly Step[]): boolean =>
  steps.some(
    (step) =>
      step.is === 'branches' &&
      (step.lanes.some(({ when, steps: inner }) => reliesOnClaim(when) || (!asksProof(when) && stepsRely(inner))) || stepsRely(step.otherwise ?? [])),
  )
