// Where two versions of a workflow differ, place by place. Pure.
import { alike, type Definition, type Step } from './definition.ts'
import { TRIGGER } from './tree.ts'

/** What each card of a tree says, by its place. */
function faces({ event, filters, steps }: Definition): Map<string, unknown> {
  const found = new Map<string, unknown>([[TRIGGER, [event, filters]]])
  addSteps(steps, 'steps', found)
  return found
}

function addSteps(steps: readonly Step[], place: string, found: Map<string, unknown>) {
  for (const [at, step] of steps.entries()) {
    const here = `${place}[${at}]`
    if (step.is === 'action') {
      found.set(here, [step.action, step.inputs])
      continue
    }
    for (const [lane, { when, steps: inner }] of step.lanes.entries()) {
      found.set(`${here}.branches[${lane}]`, when)
      addSteps(inner, `${here}.branches[${lane}].steps`, found)
    }
    if (step.otherwise) {
      found.set(`${here}.else`, '')
      addSteps(step.otherwise, `${here}.else`, found)
    }
  }
}

/** The places of `one` that say something else in `other`, or are not there. */
export function differing(one: Definition, other: Definition): ReadonlySet<string> {
  const there = faces(other)
  return new Set([...faces(one)].flatMap(([place, says]) => (there.has(place) && alike(there.get(place), says) ? [] : [place])))
}
