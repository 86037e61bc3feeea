// A workflow's definition as the editor holds it, read from the API's JSON and written back. Each step and each branch has an
// id of its own, so that it stays the same card wherever it is moved. What is not changed is shared, never copied. Pure.

export type Comparison = { property: string; operator: string; value?: unknown }
export type Condition = Comparison | { all: Condition[] } | { any: Condition[] } | { not: Condition }
export type Inputs = Record<string, unknown>
export type Action = { id: string; is: 'action'; action: string; inputs: Inputs }
export type Lane = { id: string; when: Condition; steps: Step[] }
export type Branching = { id: string; is: 'branches'; lanes: Lane[]; otherwise: Step[] | null }
export type Step = Action | Branching
export type Definition = { event: string; filters: Condition[]; steps: Step[] }

/** As the API has it. */
export type Body = { trigger: Record<string, unknown>; steps: Record<string, unknown>[] }

export type Flaw = 'object' | 'list' | 'unknown' | 'required' | 'step' | 'text'

/** JSON that no tree can be drawn of, and the place of what is wrong. Anything else is for the desk to refuse. */
export class Unreadable extends Error {
  readonly place: string
  readonly flaw: Flaw

  constructor(place: string, flaw: Flaw) {
    super(`${place}: ${flaw}`)
    this.place = place
    this.flaw = flaw
  }
}

let last = 0
/** An id that no other card of this page has. */
export const newId = (): string => `s${++last}`

const JOINS = ['all', 'any', 'not'] as const

export function readDefinition({ trigger, steps }: Partial<Body>): Definition {
  const { event, filters = [] } = object(trigger, 'trigger', ['event', 'filters'])
  return {
    event: text(event, 'trigger.event'),
    filters: list(filters, 'trigger.filters').map((filter, at) => readCondition(filter, `trigger.filters[${at}]`)),
    steps: readSteps(steps, 'steps'),
  }
}

function readSteps(steps: unknown, place: string): Step[] {
  return list(steps, place).map((step, at) => readStep(step, `${place}[${at}]`))
}

function readStep(value: unknown, place: string): Step {
  const step = object(value, place, ['action', 'inputs', 'branches', 'else'])
  if ('action' in step === 'branches' in step) throw new Unreadable(place, 'step')
  if ('action' in step) {
    const { action, inputs = {} } = object(value, place, ['action', 'inputs'])
    return { id: newId(), is: 'action', action: text(action, `${place}.action`), inputs: object(inputs, `${place}.inputs`) }
  }
  const { branches, else: otherwise } = object(value, place, ['branches', 'else'])
  const lanes = list(branches, `${place}.branches`).map((branch, at) => readLane(branch, `${place}.branches[${at}]`))
  const others = otherwise === undefined ? [] : readSteps(otherwise, `${place}.else`)
  return { id: newId(), is: 'branches', lanes, otherwise: others.length === 0 ? null : others }
}

function readLane(value: unknown, place: string): Lane {
  const { when, steps } = object(value, place, ['when', 'steps'])
  return { id: newId(), when: readCondition(when, `${place}.when`), steps: readSteps(steps, `${place}.steps`) }
}

function readCondition(value: unknown, place: string): Condition {
  const condition = object(value, place, ['property', 'operator', 'value', ...JOINS])
  const join = JOINS.find((key) => key in condition)
  if (join === undefined) {
    const { property, operator } = condition
    const compared = { property: text(property, `${place}.property`), operator: text(operator, `${place}.operator`) }
    return 'value' in condition ? { ...compared, value: condition['value'] } : compared
  }
  object(value, place, [join])
  if (join === 'not') return { not: readCondition(condition['not'], `${place}.not`) }
  const members = list(condition[join], `${place}.${join}`).map((member, at) => readCondition(member, `${place}.${join}[${at}]`))
  return join === 'all' ? { all: members } : { any: members }
}

/** The object at a place. A key that no control shows would be lost with the next save, so it is refused. */
function object(value: unknown, place: string, keys?: readonly string[]): Record<string, unknown> {
  if (value === undefined) throw new Unreadable(place, 'required')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unreadable(place, 'object')
  const unknown = keys && Object.keys(value).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw new Unreadable(`${place}.${unknown}`, 'unknown')
  return value as Record<string, unknown>
}

function list(value: unknown, place: string): unknown[] {
  if (value === undefined) throw new Unreadable(place, 'required')
  if (!Array.isArray(value)) throw new Unreadable(place, 'list')
  return value
}

function text(value: unknown, place: string): string {
  if (value === undefined) throw new Unreadable(place, 'required')
  if (typeof value !== 'string') throw new Unreadable(place, 'text')
  return value
}

export function writeDefinition({ event, filters, steps }: Definition): Body {
  return { trigger: { event, filters }, steps: steps.map(writeStep) }
}

function writeStep(step: Step): Record<string, unknown> {
  if (step.is === 'action') return { action: step.action, inputs: step.inputs }
  const branches = step.lanes.map(({ when, steps }) => ({ when, steps: steps.map(writeStep) }))
  return step.otherwise === null ? { branches } : { branches, else: step.otherwise.map(writeStep) }
}

/** Whether two definitions say the same, whatever their cards are called. What they share is not looked through. */
export const isSame = (one: Definition, other: Definition): boolean =>
  one === other || (one.event === other.event && alike(one.filters, other.filters) && areSame(one.steps, other.steps))

const areSame = (one: readonly Step[], other: readonly Step[]): boolean =>
  one === other || (one.length === other.length && one.every((step, at) => isSameStep(step, other[at])))

function isSameStep(one: Step, other: Step | undefined): boolean {
  if (one === other) return true
  if (one.is === 'action') return other?.is === 'action' && one.action === other.action && alike(one.inputs, other.inputs)
  if (other?.is !== 'branches' || one.lanes.length !== other.lanes.length) return false
  const isSameLane = ({ when, steps }: Lane, at: number) => alike(when, other.lanes[at]?.when) && areSame(steps, other.lanes[at]?.steps ?? [])
  return one.lanes.every(isSameLane) && areSame(one.otherwise ?? [], other.otherwise ?? [])
}

/** Whether two values are equal as JSON; the order of keys says nothing. */
export function alike(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && alike(a[key], b[key]))
}
