// A project's policies as their form has them, and as the API takes them. Pure.
import type { Channel, Priority, Status } from '../../api/types.ts'
import { newId, readHours, writeHours, type GivenHours, type Hours } from './hours.ts'

export const METRICS = ['first_response', 'next_response', 'resolution'] as const
export type Metric = (typeof METRICS)[number]
export const UNITS = ['minute', 'hour', 'day'] as const
export type Unit = (typeof UNITS)[number]

/** Amounts are as they were typed; an empty one promises nothing. */
export type Amount = { amount: string; unit: Unit }
export type Trait = { id: string; name: string; values: string[] }

export type Policy = {
  /** Only this page's: what is dragged, typed in and focused. */
  id: string
  name: string
  priority: Priority[]
  channels: Channel[]
  tags: string[]
  traits: Trait[]
  targets: Record<Metric, Amount>
  /** Null if time counts always. */
  hours: Hours | null
}

export type Policies = { policies: Policy[]; pausedBy: Status[] | null }

/** What the API takes and shows. */
export type GivenPolicy = {
  name: string
  conditions?: { priority?: Priority[]; channel_source?: Channel[]; tags?: string[]; traits?: Record<string, string | string[]> }
  targets: Partial<Record<Metric, { amount: number | string; unit?: Unit }>>
  business_hours?: GivenHours | null
}
export type Given = { policies: GivenPolicy[]; paused_by?: Status[] | null }

/** The statuses that can pause a clock: a resolved ticket's is stopped. */
export const PAUSING: Status[] = ['new', 'open', 'pending', 'on_hold']
/** What pauses policies unless the project says otherwise. */
const PAUSED_BY: Status[] = ['pending', 'on_hold']
/** The API takes so many. */
export const MOST_POLICIES = 50
const NAME_MOST = 100

const list = (given: string | string[]): string[] => (typeof given === 'string' ? [given] : given)
const noTargets = (): Record<Metric, Amount> => ({
  first_response: { amount: '', unit: 'hour' },
  next_response: { amount: '', unit: 'hour' },
  resolution: { amount: '', unit: 'day' },
})

export const emptyPolicy = (name = ''): Policy => ({
  id: newId(), name, priority: [], channels: [], tags: [], traits: [], targets: noTargets(), hours: null,
})

export function readPolicy({ name, conditions = {}, targets: given, business_hours: hours }: GivenPolicy): Policy {
  const targets = noTargets()
  for (const metric of METRICS) {
    const target = given[metric]
    if (target) targets[metric] = { amount: String(target.amount), unit: target.unit ?? 'hour' }
  }
  return {
    id: newId(),
    name,
    priority: list(conditions.priority ?? []) as Priority[],
    channels: list(conditions.channel_source ?? []) as Channel[],
    tags: list(conditions.tags ?? []),
    traits: Object.entries(conditions.traits ?? {}).map(([name, values]) => ({ id: newId(), name, values: list(values) })),
    targets,
    hours: hours ? readHours(hours) : null,
  }
}

export const readPolicies = (given: Given): Policies => ({
  policies: given.policies.map(readPolicy),
  pausedBy: given.paused_by ?? null,
})

export function writePolicy({ name, priority, channels, tags, traits, targets, hours }: Policy): GivenPolicy {
  const promised = METRICS.filter((metric) => targets[metric].amount.trim() !== '')
  const asked = traitsIn(traits)
  return {
    name: name.trim(),
    conditions: {
      ...(priority.length > 0 && { priority }),
      ...(channels.length > 0 && { channel_source: channels }),
      ...(tags.length > 0 && { tags }),
      ...(asked.length > 0 && { traits: Object.fromEntries(asked) }),
    },
    targets: Object.fromEntries(promised.map((metric) => [metric, numbered(targets[metric])])),
    business_hours: hours && writeHours(hours),
  }
}

/** The values by the trait's name. Rows of one name are one condition, and an empty row is none. */
function traitsIn(traits: readonly Trait[]): [string, string[]][] {
  const byName = new Map<string, string[]>()
  for (const { name, values } of traits) {
    if (name.trim() === '' && values.length === 0) continue
    byName.set(name.trim(), [...new Set([...(byName.get(name.trim()) ?? []), ...values])])
  }
  return [...byName]
}

/** What is no number goes as it was typed, so that the desk says what is wrong with it. */
function numbered({ amount, unit }: Amount): { amount: number | string; unit: Unit } {
  const typed = amount.trim().replace(',', '.')
  const number = Number(typed)
  return { amount: Number.isFinite(number) ? number : typed, unit }
}

export const writePolicies = ({ policies, pausedBy }: Policies): Given => ({
  policies: policies.map(writePolicy),
  paused_by: pausedBy,
})

/** Whether two forms would be saved as the same. */
export const isSame = (a: Policies, b: Policies): boolean => JSON.stringify(writePolicies(a)) === JSON.stringify(writePolicies(b))

/** One more, at the end: what pauses is said as soon as there is something to pause. */
export const withPolicy = ({ policies, pausedBy }: Policies, policy: Policy): Policies => ({
  policies: [...policies, policy],
  pausedBy: pausedBy ?? PAUSED_BY,
})

/**
 * A removed policy is back at its place. It is not if as many of its name are there as before: it came back otherwise, such as
 * when all changes were discarded, which makes the policies anew.
 */
export function withBack(now: readonly Policy[], before: readonly Policy[], { id, name }: Pick<Policy, 'id' | 'name'>): Policy[] {
  const at = before.findIndex((policy) => policy.id === id)
  const policy = before[at]
  const named = (policies: readonly Policy[]) => policies.filter((one) => one.name === name).length
  if (!policy || named(now) >= named(before)) return [...now]
  return [...now.slice(0, at), policy, ...now.slice(at)]
}

/** The same policy under a name that no other has, right behind it. */
export function withCopy({ policies, pausedBy }: Policies, of: Policy, say: (name: string, n: number) => string): Policies {
  const names = new Set(policies.map(({ name }) => name))
  let n = 1
  while (names.has(say(of.name, n))) n++
  const copy = { ...readPolicy(writePolicy(of)), name: say(of.name, n).slice(0, NAME_MOST) }
  return { policies: policies.flatMap((policy) => (policy.id === of.id ? [policy, copy] : [policy])), pausedBy }
}

/** The list with one of its policies at another place. */
export function moved(policies: readonly Policy[], id: string, to: number): Policy[] {
  const policy = policies.find((one) => one.id === id)
  if (!policy || to < 0 || to >= policies.length) return [...policies]
  const others = policies.filter((one) => one.id !== id)
  return [...others.slice(0, to), policy, ...others.slice(to)]
}

/** A policy without conditions takes every ticket that comes to it, so those behind it get none. */
export function behindAll(policies: readonly Policy[]): { all: Policy; behind: Policy[] } | null {
  const at = policies.findIndex((policy) => Object.keys(writePolicy(policy).conditions ?? {}).length === 0)
  const all = policies[at]
  return all && at < policies.length - 1 ? { all, behind: policies.slice(at + 1) } : null
}

/** The places of controls that a refusal may mean, the nearest first: `a[0].b.c`, `a[0].b`, `a[0]`. */
export function placesOf(attr: string): string[] {
  const places: string[] = []
  for (let place = attr; place !== ''; place = place.replace(/(\.[^.[\]]*|\[\d+\]|^[^.[\]]+)$/, '')) {
    if (places.at(-1) === place) break
    places.push(place)
  }
  return places
}

/** Which policy a refusal is about. */
export function indexOf(attr: string): number | null {
  const found = /^policies\[(\d+)\]/.exec(attr)
  return found ? Number(found[1]) : null
}
