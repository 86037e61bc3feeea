// Changes of the tree of steps. Each answers a new list that shares every step that was not touched, or the same list if
// nothing was. A list of steps is known by its owner: '' is the workflow itself, a lane's id its steps, and `elseOf` a
// branching's other steps. Pure.
import { newId, type Branching, type Condition, type Definition, type Lane, type Step } from './definition.ts'

type Steps = Step[]
export type Spot = { owner: string; at: number }
export type Found = Spot & { step: Step; place: string; depth: number }

export const MOST_NESTING = 8
export const MOST_STEPS = 100

export const elseOf = (branching: string): string => `${branching}:else`

const share = <T extends object>(all: T[], change: (one: T) => T | null): T[] => {
  const next = all.flatMap((one) => change(one) ?? [])
  return next.length === all.length && next.every((one, at) => one === all[at]) ? all : next
}

/** Rebuilds the lists that `change` answers differently, and what they lie in. */
function rebuild(steps: Steps, owner: string, change: (list: Steps, owner: string) => Steps): Steps {
  const inner = share(steps, (step) => {
    if (step.is === 'action') return step
    const lanes = share(step.lanes, (lane) => {
      const next = rebuild(lane.steps, lane.id, change)
      return next === lane.steps ? lane : { ...lane, steps: next }
    })
    const otherwise = step.otherwise && rebuild(step.otherwise, elseOf(step.id), change)
    return lanes === step.lanes && otherwise === step.otherwise ? step : { ...step, lanes, otherwise }
  })
  return change(inner, owner)
}

/** Replaces a step; null removes it. */
export const changeStep = (steps: Steps, id: string, change: (step: Step) => Step | null): Steps =>
  rebuild(steps, '', (list) => share(list, (step) => (step.id === id ? change(step) : step)))

/** Replaces a branch of whichever step has it; null removes it. */
export const changeLane = (steps: Steps, id: string, change: (lane: Lane) => Lane | null): Steps =>
  rebuild(steps, '', (list) =>
    share(list, (step) => {
      if (step.is === 'action' || !step.lanes.some((lane) => lane.id === id)) return step
      return { ...step, lanes: share(step.lanes, (lane) => (lane.id === id ? change(lane) : lane)) }
    }),
  )

export const insert = (steps: Steps, { owner, at }: Spot, step: Step): Steps =>
  rebuild(steps, '', (list, of) => (of === owner ? list.toSpliced(at, 0, step) : list))

export const remove = (steps: Steps, id: string): Steps => changeStep(steps, id, () => null)

/** Every step with its place, from top to bottom. */
export function* walk(steps: Steps, owner = '', place = 'steps', depth = 0): Generator<Found> {
  for (const [at, step] of steps.entries()) {
    const here = `${place}[${at}]`
    yield { step, place: here, owner, at, depth }
    if (step.is === 'action') continue
    for (const [lane, { id, steps: inner }] of step.lanes.entries()) yield* walk(inner, id, `${here}.branches[${lane}].steps`, depth + 1)
    if (step.otherwise) yield* walk(step.otherwise, elseOf(step.id), `${here}.else`, depth + 1)
  }
}

export function find(steps: Steps, id: string): Found | undefined {
  for (const found of walk(steps)) if (found.step.id === id) return found
  return undefined
}

/** The step that a list lies in; undefined for the workflow's own list. */
export function holderOf(steps: Steps, owner: string): (Found & { step: Branching }) | undefined {
  for (const found of walk(steps))
    if (found.step.is === 'branches' && owners(found.step).includes(owner)) return { ...found, step: found.step }
  return undefined
}

/** The lists of a branching, from top to bottom. */
export const owners = ({ id, lanes, otherwise }: Branching): string[] => [...lanes.map((lane) => lane.id), ...(otherwise ? [elseOf(id)] : [])]

export function stepsOf(steps: Steps, owner: string): Steps {
  if (owner === '') return steps
  const holder = holderOf(steps, owner)?.step
  return holder?.lanes.find(({ id }) => id === owner)?.steps ?? holder?.otherwise ?? []
}

export const countSteps = (steps: Steps): number => [...walk(steps)].length

/** How many branchings a step nests, itself included. */
export const heightOf = (step: Step): number => {
  if (step.is === 'action') return 0
  const lists = [...step.lanes.map((lane) => lane.steps), step.otherwise ?? []]
  return 1 + Math.max(0, ...lists.flat().map(heightOf))
}

/** Within how many branchings a list lies. */
export function depthOf(steps: Steps, owner: string): number {
  const holder = holderOf(steps, owner)
  return holder ? holder.depth + 1 : 0
}

/** Moves a step; the same list where it can't go: into itself, or too deep. */
export function moveTo(steps: Steps, id: string, spot: Spot): Steps {
  const from = find(steps, id)
  if (!from || isWithin(from.step, spot.owner) || depthOf(steps, spot.owner) + heightOf(from.step) > MOST_NESTING) return steps
  const isBehind = from.owner === spot.owner && from.at < spot.at
  const at = isBehind ? spot.at - 1 : spot.at
  if (from.owner === spot.owner && from.at === at) return steps
  return insert(remove(steps, id), { owner: spot.owner, at }, from.step)
}

function isWithin(step: Step, owner: string): boolean {
  if (step.is === 'action') return false
  return owners(step).includes(owner) || [...step.lanes.map((lane) => lane.steps), step.otherwise ?? []].flat().some((inner) => isWithin(inner, owner))
}

export type Way = 'up' | 'down' | 'in' | 'out'

/** Moves a step by one place: past its neighbour, and at the end of a branch into the next one or out of it. */
export function moveBy(steps: Steps, id: string, way: Way): Steps {
  const from = find(steps, id)
  const spot = from && spotOf(steps, from, way)
  return spot ? moveTo(steps, id, spot) : steps
}

function spotOf(steps: Steps, from: Found, way: Way): Spot | null {
  const siblings = stepsOf(steps, from.owner)
  if (way === 'in') return intoNeighbour(siblings, from.at)
  if (way === 'up' && from.at > 0) return { owner: from.owner, at: from.at - 1 }
  if (way === 'down' && from.at < siblings.length - 1) return { owner: from.owner, at: from.at + 2 }
  const holder = holderOf(steps, from.owner)
  if (!holder) return null
  if (way === 'out') return { owner: holder.owner, at: holder.at + 1 }
  const lists = owners(holder.step)
  const next = lists[lists.indexOf(from.owner) + (way === 'up' ? -1 : 1)]
  if (next === undefined) return { owner: holder.owner, at: way === 'up' ? holder.at : holder.at + 1 }
  return { owner: next, at: way === 'up' ? stepsOf(steps, next).length : 0 }
}

/** The branching above it, or else the one below. */
function intoNeighbour(siblings: Steps, at: number): Spot | null {
  const above = siblings[at - 1]
  const below = siblings[at + 1]
  if (above?.is === 'branches') {
    const owner = owners(above).at(-1)
    return owner === undefined ? null : { owner, at: (above.otherwise ?? above.lanes.at(-1)?.steps ?? []).length }
  }
  const first = below?.is === 'branches' ? owners(below)[0] : undefined
  return first === undefined ? null : { owner: first, at: 0 }
}

/** Whether a ticket was read before a list's place is reached, whichever branches were taken. */
export function readsTicketBefore(steps: Steps, { owner, at }: Spot): boolean {
  const isRead = stepsOf(steps, owner).slice(0, at).some((step) => step.is === 'action' && step.action === 'get_ticket')
  const holder = holderOf(steps, owner)
  return isRead || (holder !== undefined && readsTicketBefore(steps, holder))
}

export const newCondition = (): Condition => ({ property: '', operator: 'equals', value: '' })
export const newLane = (): Lane => ({ id: newId(), when: newCondition(), steps: [] })

export function newStep(kind: 'get_ticket' | 'update_ticket' | 'branches'): Step {
  if (kind === 'branches') return { id: newId(), is: 'branches', lanes: [newLane()], otherwise: null }
  return { id: newId(), is: 'action', action: kind, inputs: {} }
}

/** A copy with ids of its own, to stand beside the original. */
export function copyOf(step: Step): Step {
  if (step.is === 'action') return { ...step, id: newId() }
  const lanes = step.lanes.map((lane) => ({ ...lane, id: newId(), steps: lane.steps.map(copyOf) }))
  return { ...step, id: newId(), lanes, otherwise: step.otherwise && step.otherwise.map(copyOf) }
}

export const TRIGGER = 'trigger'

/** The card that a place of the API's lies in: the trigger's, a step's or a branch's. */
export function cardAt({ steps }: Definition, place: string): string | null {
  if (place.startsWith(TRIGGER)) return TRIGGER
  let card: string | null = null
  let longest = 0
  const consider = (at: string, id: string) => {
    const isIn = place === at || place.startsWith(`${at}.`) || place.startsWith(`${at}[`)
    if (isIn && at.length > longest) [card, longest] = [id, at.length]
  }
  for (const { step, place: at } of walk(steps)) {
    consider(at, step.is === 'branches' ? (step.lanes[0]?.id ?? step.id) : step.id)
    if (step.is === 'branches') for (const [lane, { id }] of step.lanes.entries()) consider(`${at}.branches[${lane}]`, id)
  }
  return card
}
