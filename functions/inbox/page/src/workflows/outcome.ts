// What a run did, or a dry run would do, laid over the tree: a mark for each place that has one. Pure.
import type { components } from '../api/schema.gen.ts'
import { t } from '../messages/later.ts'
import { moment } from '../messages/time.ts'
import { w } from '../messages/workflows.ts'
import type { Comparison, Definition, Step } from './definition.ts'
import { DISTINCT_ID, kindOf, partsOf } from './properties.ts'
import { assigneeWord, comparisonsIn, nameOf, valueName, type Team } from './words.ts'

export type DryRun = components['schemas']['DryRun']
export type RunLog = components['schemas']['RunBody']

export type Mark = {
  /** `taken` is where the run went, `not` where it did not, `failed` where it ended. */
  is: 'taken' | 'not' | 'failed'
  text: string
  /** Values that were compared, and changes that were made. */
  details: string[]
}
export type Marks = ReadonlyMap<string, Mark>

type Entry = { branch?: string; changed?: Record<string, unknown> | null; failed?: string }
/** Of each step that was reached, by its place. */
export type Log = ReadonlyMap<string, Entry>
/** The values that conditions saw, as far as the page knows them. */
export type Seen = { event: Record<string, unknown>; distinctId: string; ticket: Record<string, unknown> }

export function logOfDryRun({ steps }: DryRun): Log {
  const entry = ({ branch, would, failed }: DryRun['steps'][number]): Entry => {
    if (failed != null) return { failed }
    return branch != null ? { branch } : { changed: would ?? {} }
  }
  return new Map(steps.map((step) => [step.step, entry(step)]))
}

export function logOfRun({ steps }: RunLog): Log {
  const entry = ({ result, detail }: RunLog['steps'][number]): Entry => {
    const told: unknown = detail
    if (result === 'failed') return { failed: String(told) }
    return result === 'branch' ? { branch: String(told) } : { changed: told as Record<string, unknown> | null }
  }
  return new Map(steps.map((step) => [step.step, entry(step)]))
}

export type Drawn = { definition: Definition; log: Log; team: Team; seen?: Seen | undefined; isDry?: boolean }

export function marksOfDryRun(drawn: Drawn, { matched, filters }: DryRun): Marks {
  const marks = new Map<string, Mark>()
  marks.set('trigger', matched ? mark('taken', w.marks.starts) : mark('not', w.marks.startsNot))
  for (const { filter, matched: holds } of filters) {
    const at = Number(/\[(\d+)\]$/.exec(filter)?.[1])
    const condition = drawn.definition.filters[at]
    marks.set(filter, { ...mark(holds ? 'taken' : 'not', holds ? w.marks.holds : w.marks.fails), details: condition ? valuesIn(comparisonsIn(condition), drawn) : [] })
  }
  markSteps(drawn.definition.steps, 'steps', marks, { ...drawn, isDry: true, hasEnded: !matched })
  return marks
}

export function marksOfRun(drawn: Drawn, { outcome, steps }: RunLog): Marks {
  const hasStarted = steps.length > 0 || drawn.definition.steps.length === 0
  const isFiltered = !hasStarted && outcome === 'no_match'
  const marks = new Map<string, Mark>()
  if (hasStarted) marks.set('trigger', mark('taken', w.marks.starts))
  else if (isFiltered) marks.set('trigger', mark('not', w.marks.filtersUnknown))
  markSteps(drawn.definition.steps, 'steps', marks, { ...drawn, hasEnded: !hasStarted })
  return marks
}

const mark = (is: Mark['is'], text: string): Mark => ({ is, text, details: [] })

type Going = Drawn & { hasEnded: boolean }

/** Goes the way of the run, and marks what lies beside it. */
function markSteps(steps: readonly Step[], place: string, marks: Map<string, Mark>, going: Going) {
  for (const [at, step] of steps.entries()) {
    const here = `${place}[${at}]`
    const entry = going.hasEnded ? undefined : going.log.get(here)
    if (!entry) marks.set(here, mark('not', going.hasEnded ? w.marks.ended : w.marks.notTaken))
    else if (entry.failed !== undefined) {
      marks.set(here, mark('failed', w.marks.failed(entry.failed)))
      going.hasEnded = true
    } else if (step.is === 'branches') markBranches(step, here, entry.branch ?? 'none', marks, going)
    else marks.set(here, doneMark(step.action, entry, going))
    if (!entry && step.is === 'branches') dim(step, here, marks)
  }
}

function markBranches(step: Extract<Step, { is: 'branches' }>, here: string, way: string, marks: Map<string, Mark>, going: Going) {
  const chosen = Number(/^branches\[(\d+)\]$/.exec(way)?.[1] ?? Infinity)
  if (way === 'none') marks.set(here, mark('not', w.marks.noBranch))
  for (const [lane, { when, steps }] of step.lanes.entries()) {
    const place = `${here}.branches[${lane}]`
    const why = lane === chosen ? w.marks.holds : lane < chosen ? w.marks.fails : w.marks.earlier
    const details = lane <= chosen ? valuesIn(comparisonsIn(when), going) : []
    marks.set(place, { is: lane === chosen ? 'taken' : 'not', text: why, details })
    if (lane === chosen) markSteps(steps, `${place}.steps`, marks, going)
    else for (const [at, inner] of steps.entries()) dimStep(inner, `${place}.steps[${at}]`, marks)
  }
  if (!step.otherwise) return
  const isTaken = way === 'else' || way === 'none'
  marks.set(`${here}.else`, mark(isTaken ? 'taken' : 'not', isTaken ? w.marks.elseTaken : w.marks.elseNot))
  if (isTaken) markSteps(step.otherwise, `${here}.else`, marks, going)
  else for (const [at, inner] of step.otherwise.entries()) dimStep(inner, `${here}.else[${at}]`, marks)
}

/** What lies in a branch that was not taken needs no words of its own. */
function dimStep(step: Step, place: string, marks: Map<string, Mark>) {
  marks.set(place, mark('not', ''))
  if (step.is === 'branches') dim(step, place, marks)
}

function dim(step: Extract<Step, { is: 'branches' }>, place: string, marks: Map<string, Mark>) {
  for (const [lane, { steps }] of step.lanes.entries()) {
    marks.set(`${place}.branches[${lane}]`, mark('not', ''))
    for (const [at, inner] of steps.entries()) dimStep(inner, `${place}.branches[${lane}].steps[${at}]`, marks)
  }
  if (step.otherwise) marks.set(`${place}.else`, mark('not', ''))
  for (const [at, inner] of (step.otherwise ?? []).entries()) dimStep(inner, `${place}.else[${at}]`, marks)
}

function doneMark(action: string, { changed }: Entry, { team, isDry }: Going): Mark {
  if (action === 'get_ticket') return mark('taken', w.marks.read)
  if (changed == null) return mark('taken', w.marks.hidden)
  const details = Object.entries(changed).map(([field, value]) => w.marks.change(fieldName(field), fieldValue(field, value, team)))
  const text = details.length === 0 ? w.marks.same : isDry ? w.marks.would : w.marks.done
  return { is: 'taken', text, details }
}

const fieldName = (field: string): string => (field === 'assignee' ? w.update.assignee : (w.property[field] ?? field))

function fieldValue(field: string, value: unknown, team: Team): string {
  if (field === 'assignee') return assigneeWord(value, team).text
  if (value === null || (Array.isArray(value) && value.length === 0)) return field === 'priority' ? t.noPriority : w.marks.none
  if (kindOf(field) === 'date') return moment(String(value))
  return valueName(kindOf(field), value, team)
}

/** What the compared properties were, each once. */
function valuesIn(comparisons: readonly Comparison[], { seen, team }: Pick<Drawn, 'seen' | 'team'>): string[] {
  if (!seen) return []
  const told = comparisons.map(({ property }) => {
    const value = valueAt(property, seen)
    const isSet = value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
    return isSet ? w.condition.was(nameOf(property), valueName(kindOf(property), value, team)) : w.condition.wasNotSet(nameOf(property))
  })
  return [...new Set(told)]
}

function valueAt(path: string, { event, distinctId, ticket }: Seen): unknown {
  if (path === DISTINCT_ID) return distinctId
  const { name, isRead } = partsOf(path)
  const within = (at: unknown, key: string): unknown => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined)
  return name.split('.').reduce<unknown>(within, isRead ? ticket : event)
}

/** The places of a run's steps that the workflow, changed since, no longer has. */
export const lostPlaces = (log: Log, places: ReadonlySet<string>): string[] => [...log.keys()].filter((place) => !places.has(place))
