import { expect, test } from 'vitest'
import { definitionReliesOnClaim, negated, PROVEN, reliesOnClaim, withAnother, withMember } from '../src/workflows/conditions.ts'
import { newId, readDefinition, type Condition, type Definition } from '../src/workflows/definition.ts'
import { missingRoles } from '../src/workflows/gallery.ts'
import { deadlineOf, lacksTags, tagFrom, tagsChoiceOf, windowOf, withDeadline, withInputs, withTag, withTagsChoice } from '../src/workflows/inputs.ts'
import { lackingAssignee, lackingTags } from '../src/workflows/lacking.ts'
import { logOfDryRun, logOfRun, lostPlaces, marksOfDryRun, marksOfRun, type DryRun, type RunLog } from '../src/workflows/outcome.ts'
import { presentEvent, ticketVariables } from '../src/workflows/present.ts'
import { closeness, isEvent, kindOf, operatorsOf, pathFrom, pathsOf, scalarFrom, valueFor } from '../src/workflows/properties.ts'
import { duration, summary } from '../src/workflows/runs.ts'
import { actionWords, assigneeWord, conditionWords, isGone, type Part } from '../src/workflows/words.ts'
import { ticket } from './ticket.ts'

const team = { members: [{ id: 7, email: 'ben@x.test', first_name: 'Ben', access: 'agent' as const }], roles: [{ id: 'r1', name: 'Support', members: [] }] }
const said = (parts: Part[]) => parts.map(({ text }) => text).join(' ')
const is = (property: string, value: unknown, operator = 'equals'): Condition => ({ property: `event.properties.${property}`, operator, value })
const address = is('customer_email', '@x.test', 'contains')

test.each<[Condition, string]>([
  [is('channel_source', 'slack'), 'Channel is Slack'],
  [{ property: 'variables.ticket.message_count', operator: 'greater_than', value: 3 }, 'Number of messages, as read is more than 3'],
  [{ property: 'variables.ticket.sla_due_at', operator: 'less_than', value: '2026-12-01' }, 'Deadline, as read is earlier than 2026-12-01'],
  [{ property: 'event.properties.priority', operator: 'is_not_set' }, 'Priority is not set'],
  [is('status', ['pending', 'resolved'], 'in'), 'Status is one of Pending, Resolved'],
  [is('assignee_id', 7), 'Assignee is Ben'],
  [is('assignee_id', 'r1'), 'Assignee is Support'],
  [{ any: [is('status', 'new'), { all: [is('priority', 'high'), is('customer_email_proven', true)] }] }, 'Status is New or ( Priority is High and E-mail is proven is yes )'],
  [{ not: is('status', 'new') }, 'not ( Status is New )'],
  [is('plan', 'pro', 'equalz'), 'event.properties.plan equalz (unknown) pro'],
  [{ property: '', operator: 'equals', value: '' }, '… is …'],
])('a condition in words', (condition, words) => expect(said(conditionWords(condition, team))).toBe(words))

test('an action in words, one line for each thing', () => {
  const act = (inputs: Record<string, unknown>) => actionWords({ id: 'a', is: 'action', action: 'update_ticket', inputs }, team).map(said)
  expect(act({ priority: 'high', sla_amount: '1', sla_unit: 'hour', assignee: { type: 'role', id: 'r1' }, tags: ['a', 'b'] })).toEqual([
    'Priority High', 'Deadline in 1 hour', 'Assignee Support', 'Tags only a and b',
  ])
  expect(act({ sla_amount: 'clear', assignee: null, tags: [] })).toEqual(['Deadline none', 'Assignee Nobody', 'Tags none'])
  expect(act({ sla_amount: '{variables.ticket.x}', tags: ['a'], tags_mode: 'add' })).toEqual(['Deadline in {variables.ticket.x} hours', 'Tags add a'])
  expect(act({ tags: [], tags_mode: 'add' })).toEqual(['Tags add …'])
  expect(act({})).toEqual(['Changes nothing yet'])
  expect([isGone({ type: 'role', id: 'r2' }, team), isGone(null, team), isGone(undefined, team), isGone({ type: 'user', id: 7 }, team)]).toEqual([true, false, false, false])
  expect(assigneeWord({ type: 'role', name: 'Anyone' }, team).text).toBe('Anyone')
})

test('inputs that are unchanged are not given', () => {
  const due = withDeadline({ status: 'open' }, 'in')
  expect(due).toEqual({ status: 'open', sla_amount: '', sla_unit: 'hour' })
  expect(withDeadline({ ...due, sla_business_hours: {} }, 'unchanged')).toEqual({ status: 'open' })
  expect(withDeadline(due, 'clear')).toEqual({ status: 'open', sla_amount: 'clear' })
  expect([deadlineOf({}), deadlineOf({ sla_amount: 4 }), deadlineOf({ sla_amount: ' clear ' })]).toEqual(['unchanged', 'in', 'clear'])
  expect(withTag(withTagsChoice({}, 'set'), 'a')).toEqual({ tags: ['a'] })
  expect(withTagsChoice({ tags: ['a'] }, 'add')).toEqual({ tags: ['a'], tags_mode: 'add' })
  expect(withTagsChoice({ tags: ['a'], tags_mode: 'add' }, 'set')).toEqual({ tags: ['a'] })
  expect(withTagsChoice({ tags: ['a'], tags_mode: 'add' }, 'unchanged')).toEqual({})
  expect([tagsChoiceOf({}), tagsChoiceOf({ tags: [] }), tagsChoiceOf({ tags: [], tags_mode: 'remove' })]).toEqual(['unchanged', 'set', 'remove'])
  expect(withInputs({ assignee: 1 }, { assignee: null })).toEqual({ assignee: null })
  expect([tagFrom(' VIP '), tagFrom('{variables.ticket.Tags}')]).toEqual(['vip', '{variables.ticket.Tags}'])
  expect([windowOf('any'), windowOf(['09:00', '17:00']), windowOf([['09:00', '12:00'], ['13:00', '17:00']])]).toEqual([null, ['09:00', '17:00'], undefined])
})

test('tags that are added or removed are named, and whoever a step assigns is there', () => {
  const lacks = [{ tags: [], tags_mode: 'add' }, { tags: [], tags_mode: 'remove' }, { tags: [] }, { tags: ['a'], tags_mode: 'add' }, { tags_mode: 'add' }, {}]
  expect(lacks.map(lacksTags)).toEqual([true, true, false, false, false, false])
  const when = { property: 'event.properties.status', operator: 'is_set' }
  const within = (inputs: Record<string, unknown>) =>
    readDefinition({
      trigger: { event: '$conversation_ticket_created' },
      steps: [{ action: 'get_ticket' }, { branches: [{ when, steps: [] }], else: [{ action: 'update_ticket', inputs }] }],
    })
  expect(lackingTags(within({ tags: [], tags_mode: 'remove' }))).toBe('steps[1].else[0].inputs.tags')
  expect(lackingTags(within({ tags: [] }))).toBe(null)
  expect(lackingAssignee(within({ assignee: { type: 'role', id: 'r2' } }), team)).toBe('steps[1].else[0].inputs.assignee')
  for (const assignee of [{ type: 'role', id: 'r1' }, { type: 'user', id: 7 }, null]) expect(lackingAssignee(within({ assignee }), team)).toBe(null)
  expect(lackingAssignee(within({}), team)).toBe(null)
})

test('what an event carries is offered, and the ticket’s once it was read', () => {
  expect(pathsOf('$conversation_ticket_status_changed', false)).toContain('event.properties.new_status')
  expect(pathsOf('$conversation_ticket_created', false)).not.toContain('event.properties.new_status')
  expect(pathsOf('$conversation_ticket_created', false)).not.toContain('variables.ticket.message_count')
  expect(pathsOf('$conversation_ticket_created', true)).toContain('variables.ticket.message_count')
  expect([pathFrom('plan'), pathFrom('variables.ticket.x'), pathFrom('event.distinct_id')]).toEqual(['event.properties.plan', 'variables.ticket.x', 'event.distinct_id'])
  expect([isEvent('constructor'), isEvent('toString'), kindOf('event.properties.constructor')]).toEqual([false, false, 'text'])
  expect([kindOf('variables.ticket.tags'), kindOf('event.properties.nothing')]).toEqual(['tags', 'text'])
})

test('a value goes on when the question changes', () => {
  expect(valueFor('status', 'in', 'new')).toEqual(['new'])
  expect(valueFor('status', 'equals', ['new', 'open'])).toBe('new')
  expect(valueFor('flag', 'equals', undefined)).toBe(true)
  expect(valueFor('text', 'is_set', 'x')).toBeUndefined()
  expect(valueFor('text', 'equals', undefined)).toBe('')
  expect([scalarFrom('number', '12'), scalarFrom('number', 'x'), scalarFrom('text', '12')]).toEqual([12, 'x', '12'])
  expect(operatorsOf('flag')).not.toContain('contains')
})

test('groups grow by one and end as their last member', () => {
  const [a, b] = [is('status', 'new'), is('status', 'open')]
  const both = withAnother(a, b)
  expect(both).toEqual({ all: [a, b] })
  expect(withAnother({ any: [a] }, b)).toEqual({ any: [a, b] })
  expect(withMember(both, 0, null)).toEqual(b)
  expect(withMember(both, 1, a)).toEqual({ all: [a, a] })
  expect(negated(negated(a))).toEqual(a)
})

test('an address is a claim unless its proof is asked for in the same breath', () => {
  expect(reliesOnClaim(address)).toBe(true)
  expect(reliesOnClaim(withAnother(address, PROVEN))).toBe(false)
  expect(reliesOnClaim({ any: [address, PROVEN] })).toBe(true)
  expect(reliesOnClaim({ not: address })).toBe(true)
  expect(reliesOnClaim({ all: [{ any: [address, is('status', 'new')] }, PROVEN] })).toBe(false)
  expect(reliesOnClaim({ property: 'event.properties.customer_email', operator: 'is_set' })).toBe(false)
  const within = (filters: Condition[], when: Condition, inner: Condition): Definition => ({
    event: 'x', filters,
    steps: [{ id: newId(), is: 'branches', otherwise: null, lanes: [{ id: newId(), when, steps: [{ id: newId(), is: 'branches', otherwise: null, lanes: [{ id: newId(), when: inner, steps: [] }] }] }] }],
  })
  expect(definitionReliesOnClaim(within([], is('status', 'new'), address))).toBe(true)
  expect(definitionReliesOnClaim(within([PROVEN], is('status', 'new'), address))).toBe(false)
  expect(definitionReliesOnClaim(within([], PROVEN, address))).toBe(false)
  expect(definitionReliesOnClaim(within([], PROVEN, is('status', 'new')))).toBe(false)
})

const TRIAGE = readDefinition({
  trigger: { event: '$conversation_ticket_created', filters: [is('priority', 'high')] },
  steps: [
    { branches: [{ when: address, steps: [{ action: 'update_ticket', inputs: { status: 'open' } }] }, { when: is('status', 'new'), steps: [] }], else: [{ action: 'update_ticket', inputs: { priority: 'low' } }] },
    { action: 'update_ticket', inputs: { assignee: { type: 'role', name: 'Support' } } },
    { action: 'update_ticket', inputs: { tags: ['a'] } },
  ],
})

const tried = (definition: Definition, answer: DryRun, seen?: Parameters<typeof marksOfDryRun>[0]['seen']) =>
  Object.fromEntries([...marksOfDryRun({ definition, team, log: logOfDryRun(answer), seen }, answer)].map(([place, { is: way, text, details }]) => [place, [way, text, ...details]]))

test('a dry run says of each place whether it is reached, and why', () => {
  const answer: DryRun = {
    matched: true,
    filters: [{ filter: 'trigger.filters[0]', matched: true }],
    steps: [
      { step: 'steps[0]', branch: 'else' },
      { step: 'steps[0].else[0]', would: { priority: 'low' } },
      { step: 'steps[1]', failed: 'The role is gone.' },
    ],
  }
  const seen = { event: { priority: 'high', customer_email: '', status: 'open' }, distinctId: 'a', ticket: {} }
  expect(tried(TRIAGE, answer, seen)).toEqual({
    trigger: ['taken', 'Starts'],
    'trigger.filters[0]': ['taken', 'Holds', 'Priority was High'],
    'steps[0].branches[0]': ['not', 'Does not hold', 'Customer’s e-mail was not set'],
    'steps[0].branches[0].steps[0]': ['not', ''],
    'steps[0].branches[1]': ['not', 'Does not hold', 'Status was Open'],
    'steps[0].else': ['taken', 'No branch above holds'],
    'steps[0].else[0]': ['taken', 'Would change', 'Priority: Low'],
    'steps[1]': ['failed', 'Fails: The role is gone.'],
    'steps[2]': ['not', 'Not reached: the run ends above'],
  })
})

test('a workflow that does not start reaches nothing', () => {
  const marks = tried(TRIAGE, { matched: false, filters: [{ filter: 'trigger.filters[0]', matched: false }], steps: [] })
  expect(marks['trigger']).toEqual(['not', 'Does not start'])
  expect(marks['trigger.filters[0]']).toEqual(['not', 'Does not hold'])
  expect(marks['steps[0].branches[0]']).toEqual(['not', ''])
  expect(marks['steps[1]']?.[0]).toBe('not')
})

test('a run is shown the same way, without what its reader may not see', () => {
  const run: RunLog = {
    id: '1', event_id: '2', event: '$conversation_ticket_created', started_at: '2026-11-29T10:00:00Z', finished_at: '2026-11-29T10:00:01.500Z', outcome: 'acted', ticket_id: null,
    steps: [
      { step: 'steps[0]', result: 'branch', detail: 'branches[0]' as never },
      { step: 'steps[0].branches[0].steps[0]', result: 'done', detail: null },
      { step: 'steps[1]', result: 'done', detail: { assignee: { type: 'role', id: 'r1' } } },
      { step: 'steps[2]', result: 'done', detail: {} },
      { step: 'steps[9]', result: 'done', detail: {} },
    ],
  }
  const log = logOfRun(run)
  const marks = marksOfRun({ definition: TRIAGE, team, log }, run)
  expect(marks.get('steps[0].branches[1]')?.text).toBe('An earlier branch holds')
  expect(marks.get('steps[0].branches[0].steps[0]')?.text).toBe('Changed; what was changed is hidden from you')
  expect(marks.get('steps[1]')?.details).toEqual(['Assignee: Support'])
  expect(marks.get('steps[2]')?.text).toBe('It is so already')
  expect(lostPlaces(log, new Set(['steps[0]', 'steps[0].branches[0].steps[0]', 'steps[1]', 'steps[2]']))).toEqual(['steps[9]'])
  expect(duration(run)).toBe('1.5 s')
  expect(duration({ ...run, finished_at: null })).toBeNull()
  const filtered = marksOfRun({ definition: TRIAGE, team, log: new Map() }, { ...run, outcome: 'no_match', steps: [] })
  expect(filtered.get('trigger')).toMatchObject({ is: 'not', text: 'Did not start: a filter did not hold' })
})

test('failures are those of seven days, and of the runs that were read where there were more', () => {
  const now = Date.parse('2026-11-29T12:00:00Z')
  const at = (days: number, outcome: RunLog['outcome'] = 'failed') => ({ started_at: new Date(now - days * 86_400_000).toISOString(), outcome }) as RunLog
  expect(summary([at(0, 'acted'), at(1), at(6), at(8)], true, now)).toMatchObject({ failures: 2, text: '2 failures in 7 days' })
  expect(summary([at(0), at(1, 'acted')], true, now).text).toBe('1 failure in the last 2 runs')
  expect(summary([at(0, 'acted')], false, now).text).toBe('')
  expect(summary([], false, now).last).toBeUndefined()
})

test('a role that a workflow names by a name the project lacks is missing once', () => {
  expect(missingRoles(TRIAGE, [])).toEqual(['Support'])
  expect(missingRoles(TRIAGE, [{ name: 'SUPPORT' }])).toEqual([])
})

test('a property is found by its name first, then by its path', () => {
  const path = 'event.properties.customer_email'
  expect([closeness(path, ' Cust', ['Customer’s e-mail']), closeness(path, 'E-MAIL', ['Customer’s e-mail']), closeness(path, 'properties.cust', ['Customer’s e-mail'])]).toEqual([1, 0.8, 0.5])
  expect(closeness(path, 'mess', ['Customer’s e-mail'])).toBe(0)
})

test('the event of a ticket carries what its trigger does, and no proof without an address', () => {
  const of = ticket(1, { status: 'pending', anonymous_traits: { email: 'ada@x.test' }, proven_traits: ['email'] })
  expect(presentEvent('$conversation_ticket_status_changed', of)).toMatchObject({ new_status: 'pending', old_status: null, customer_email: 'ada@x.test', customer_email_proven: true })
  expect(presentEvent('$conversation_ticket_created', of)).not.toHaveProperty('new_status')
  expect(ticketVariables(ticket(2, { anonymous_traits: {}, proven_traits: ['email'] }))).toMatchObject({ customer_email: '', customer_email_proven: false, assignee: null })
})
