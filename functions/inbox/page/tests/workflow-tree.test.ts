import { expect, test } from 'vitest'
import { alike, isSame, newId, readDefinition, Unreadable, writeDefinition, type Body, type Step } from '../src/workflows/definition.ts'
import { differing } from '../src/workflows/differences.ts'
import { asJson, fromJson } from '../src/workflows/json.ts'
import { cardAt, changeLane, copyOf, countSteps, elseOf, find, insert, MOST_NESTING, moveBy, moveTo, newStep, readsTicketBefore, remove, stepsOf, walk } from '../src/workflows/tree.ts'

/** One of everything that a definition may have. */
const WHOLE: Body = {
  trigger: { event: '$conversation_ticket_created', filters: [{ property: 'event.properties.priority', operator: 'is_set' }] },
  steps: [
    { action: 'get_ticket', inputs: { ticket_id: '{event.properties.ticket_id}' } },
    {
      branches: [
        {
          when: { any: [{ property: 'variables.ticket.message_count', operator: 'greater_than', value: 3 }, { not: { property: 'event.properties.status', operator: 'in', value: ['new'] } }] },
          steps: [{ branches: [{ when: { all: [{ property: 'p', operator: 'equals', value: true }] }, steps: [] }], else: [{ action: 'get_ticket', inputs: {} }] }],
        },
        { when: { property: 'event.distinct_id', operator: 'equals', value: 'ada' }, steps: [] },
      ],
    },
    { action: 'update_ticket', inputs: { sla_amount: '4', sla_business_hours: { days: ['monday'], time: 'any' }, assignee: null, tags: [] } },
  ],
}

const update = (status: string): Step => ({ id: newId(), is: 'action', action: 'update_ticket', inputs: { status } })
const branching = (lanes: Step[][], otherwise: Step[] | null = null): Extract<Step, { is: 'branches' }> => ({
  id: newId(),
  is: 'branches',
  lanes: lanes.map((steps) => ({ id: newId(), when: { property: 'event.properties.status', operator: 'equals', value: 'new' }, steps })),
  otherwise,
})
const places = (steps: Step[]) => [...walk(steps)].map(({ place }) => place)
const placeOf = (steps: Step[], id: string) => find(steps, id)?.place

test('a definition is read and written as it was', () => {
  expect(writeDefinition(readDefinition(WHOLE))).toEqual(WHOLE)
  const found = fromJson(asJson({ name: 'Whole', enabled: false, ...WHOLE }))
  expect(found).toMatchObject({ name: 'Whole', enabled: false })
  expect('definition' in found && isSame(found.definition, readDefinition(WHOLE))).toBe(true)
})

test('an answer of the desk is taken as it is, and what is no definition says why', () => {
  expect(fromJson(JSON.stringify({ id: 'w', created_at: 'now', ...WHOLE }))).toHaveProperty('definition')
  expect(fromJson('{')).toHaveProperty('fault')
  expect(fromJson('[]')).toEqual({ fault: '{} must be an object.' })
  expect(fromJson('{"trigger": {"event": "x"}}')).toEqual({ fault: 'steps is missing.' })
})

test('the order of keys and the names of cards make no difference', () => {
  const [a, b] = [readDefinition(WHOLE), readDefinition(JSON.parse(JSON.stringify(WHOLE)) as Body)]
  expect(isSame(a, b)).toBe(true)
  expect(isSame(a, { ...b, steps: b.steps.slice(1) })).toBe(false)
})

test.each<[unknown, string, string]>([
  [{ steps: [] }, 'trigger', 'required'],
  [{ trigger: { event: 'x', when: 1 }, steps: [] }, 'trigger.when', 'unknown'],
  [{ trigger: { event: 'x' }, steps: {} }, 'steps', 'list'],
  [{ trigger: { event: 'x' }, steps: [{}] }, 'steps[0]', 'step'],
  [{ trigger: { event: 'x' }, steps: [{ action: 'get_ticket', branches: [] }] }, 'steps[0]', 'step'],
  [{ trigger: { event: 'x' }, steps: [{ branches: [{ when: { property: 'p', operater: 'equals' }, steps: [] }] }] }, 'steps[0].branches[0].when.operater', 'unknown'],
  [{ trigger: { event: 'x' }, steps: [{ branches: [{ when: { all: [{ not: [] }] }, steps: [] }] }] }, 'steps[0].branches[0].when.all[0].not', 'object'],
  [{ trigger: { event: 'x' }, steps: [{ branches: [{ when: { all: [], any: [] }, steps: [] }] }] }, 'steps[0].branches[0].when.any', 'unknown'],
])('what no control would show is refused with its place', (given, place, flaw) => {
  try {
    readDefinition(given as Body)
  } catch (error) {
    expect(error).toBeInstanceOf(Unreadable)
    return expect([(error as Unreadable).place, (error as Unreadable).flaw]).toEqual([place, flaw])
  }
  throw new Error('it was read')
})

test('an operator that the desk does not know is for the desk to refuse', () => {
  const given = { trigger: { event: 'x', filters: [{ property: 'p', operator: 'equalz', value: 1 }] }, steps: [] }
  expect(writeDefinition(readDefinition(given))).toEqual(given)
})

test('a change shares all that it does not touch', () => {
  const inner = update('open')
  const steps = [update('new'), branching([[inner]], [update('pending')]), update('resolved')]
  const lane = steps[1]?.is === 'branches' ? steps[1].lanes[0] : undefined
  const next = changeLane(steps, lane?.id ?? '', (found) => ({ ...found, steps: [] }))
  expect([next[0] === steps[0], next[1] === steps[1], next[2] === steps[2]]).toEqual([true, false, true])
  expect(next[1]?.is === 'branches' && steps[1]?.is === 'branches' && next[1].otherwise === steps[1].otherwise).toBe(true)
  expect(remove(steps, 'nothing')).toBe(steps)
  expect(changeLane(steps, 'nothing', () => null)).toBe(steps)
})

test('a step goes down through every place and comes back up by the same ones', () => {
  const step = update('open')
  let steps: Step[] = [step, branching([[], [update('new')]], []), update('resolved')]
  const down: (string | undefined)[] = [placeOf(steps, step.id)]
  for (let next = moveBy(steps, step.id, 'down'); next !== steps; next = moveBy(steps, step.id, 'down')) {
    steps = next
    down.push(placeOf(steps, step.id))
  }
  expect(down).toEqual(['steps[0]', 'steps[1]', 'steps[2]'])

  const branch = branching([[], [update('new')]], [])
  steps = [branch, step]
  steps = moveBy(steps, step.id, 'in')
  const up: (string | undefined)[] = [placeOf(steps, step.id)]
  for (let next = moveBy(steps, step.id, 'up'); next !== steps; next = moveBy(steps, step.id, 'up')) {
    steps = next
    up.push(placeOf(steps, step.id))
  }
  expect(up).toEqual(['steps[0].else[0]', 'steps[0].branches[1].steps[1]', 'steps[0].branches[1].steps[0]', 'steps[0].branches[0].steps[0]', 'steps[0]'])
  expect(countSteps(steps)).toBe(3)
})

test('a step goes out of its branch, and into the one below it', () => {
  const step = update('open')
  const holder = branching([[step]])
  expect(placeOf(moveBy([holder, update('new')], step.id, 'out'), step.id)).toBe('steps[1]')
  const alone = update('new')
  expect(placeOf(moveBy([alone, holder], alone.id, 'in'), alone.id)).toBe('steps[0].branches[0].steps[0]')
  expect(moveBy([alone], alone.id, 'in')).toEqual([alone])
})

test('nothing is moved into itself, or deeper than the desk takes', () => {
  const deep = Array.from({ length: MOST_NESTING }).reduce<Step>((inner) => branching([[inner]]), update('open'))
  const innermost = [...walk([deep])].findLast(({ step }) => step.is === 'branches')?.step
  if (deep.is !== 'branches' || innermost?.is !== 'branches') throw new Error('no branches')
  const owner = innermost.lanes[0]?.id ?? ''
  expect(moveTo([deep], deep.id, { owner, at: 0 })).toEqual([deep])
  const other = branching([[]])
  const steps = [deep, other]
  expect(moveTo(steps, other.id, { owner, at: 0 })).toBe(steps)
  const plain = update('new')
  expect(placeOf(moveTo([deep, plain], plain.id, { owner, at: 0 }), plain.id)).toMatch(/^(steps\[0\]\.branches\[0\]\.){8}steps\[0\]$/)
})

test('a place within one list counts the step that leaves it', () => {
  const [a, b, c] = [update('new'), update('open'), update('pending')]
  const ids = (steps: Step[]) => steps.map(({ id }) => id)
  expect(ids(moveTo([a, b, c], a.id, { owner: '', at: 3 }))).toEqual(ids([b, c, a]))
  expect(ids(moveTo([a, b, c], c.id, { owner: '', at: 0 }))).toEqual(ids([c, a, b]))
  const steps = [a, b, c]
  expect(moveTo(steps, b.id, { owner: '', at: 2 })).toBe(steps)
})

test('a ticket is known below a step that read it for certain', () => {
  const get = newStep('get_ticket')
  const branch = branching([[get, update('open')]], [])
  const steps = [branch, update('new')]
  const lane = branch.lanes[0]?.id ?? ''
  expect(readsTicketBefore(steps, { owner: lane, at: 0 })).toBe(false)
  expect(readsTicketBefore(steps, { owner: lane, at: 1 })).toBe(true)
  expect(readsTicketBefore(steps, { owner: '', at: 1 })).toBe(false)
  const above = [newStep('get_ticket'), branch]
  expect(readsTicketBefore(above, { owner: lane, at: 0 })).toBe(true)
  expect(readsTicketBefore(above, { owner: elseOf(branch.id), at: 0 })).toBe(true)
})

test('the desk’s places lead to cards', () => {
  const inner = update('open')
  const branch = branching([[update('new')], [inner]], [])
  const definition = { event: 'x', filters: [], steps: [update('new'), branch] }
  expect(cardAt(definition, 'trigger.filters[0].operator')).toBe('trigger')
  expect(cardAt(definition, 'steps[1].branches[1].steps[0].inputs.tags[2]')).toBe(inner.id)
  expect(cardAt(definition, 'steps[1].branches[1].when.all[0].operator')).toBe(branch.lanes[1]?.id)
  expect(cardAt(definition, 'steps[1].branches')).toBe(branch.lanes[0]?.id)
  expect(cardAt(definition, 'name')).toBeNull()
  expect(cardAt(definition, 'steps[10]')).toBeNull()
})

test('a copy has ids of its own', () => {
  const branch = branching([[update('new')]], [update('open')])
  const steps = insert([branch], { owner: '', at: 1 }, copyOf(branch))
  const ids = [...walk(steps)].map(({ step }) => step.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(writeDefinition({ event: 'x', filters: [], steps: [steps[0] as Step] })).toEqual(writeDefinition({ event: 'x', filters: [], steps: [steps[1] as Step] }))
  expect(places(steps)).toHaveLength(6)
  expect(stepsOf(steps, elseOf(branch.id))).toHaveLength(1)
})

test('two versions differ where they say something else', () => {
  const one = { event: 'x', filters: [], steps: [update('new'), branching([[update('open')]], [])] }
  const other = { event: 'x', filters: [], steps: [update('new'), branching([[update('pending')]])] }
  expect([...differing(one, other)]).toEqual(['steps[1].branches[0].steps[0]', 'steps[1].else'])
  expect([...differing(one, one)]).toEqual([])
})

test('what differs by the order of keys does not differ, and a key of every object is none of a value’s', () => {
  const told = (steps: Body['steps']) => readDefinition({ ...WHOLE, steps })
  const one = told([{ branches: [{ when: { property: 'p', operator: 'equals', value: 'x' }, steps: [{ action: 'a', inputs: { hours: { days: [], time: 'any' } } }] }] }])
  const other = told([{ branches: [{ when: { value: 'x', operator: 'equals', property: 'p' }, steps: [{ action: 'a', inputs: { hours: { time: 'any', days: [] } } }] }] }])
  expect([...differing(one, other)]).toEqual([])
  expect(alike({ constructor: Object }, { other: 1 })).toBe(false)
})
