import { expect, test } from 'vitest'
import { laneOf, planFor, readFilter, writeFilter } from '../src/list/plan.ts'
import { BUILT_IN, builtInAt } from '../src/list/views.ts'

const mine = { user: 1, roles: [{ id: 'r1', name: 'Billing', members: [1, 2] }, { id: 'r2', name: 'Sales', members: [2] }] }

test('an address carries the API’s own parameters and nothing else', () => {
  const filter = readFilter('status=new,open&assignee=user:1&junk=1&search=')
  expect(filter).toEqual({ status: 'new,open', assignee: 'user:1' })
  expect(writeFilter(filter)).toBe('status=new,open&assignee=user:1')
})

test('without a filter it is the queue: mine, my roles’ and nobody’s, deadlines first', () => {
  const plan = planFor({}, mine)
  expect(plan.watch).toEqual({ status: 'new,open', snoozed: 'false', assignee: 'me,unassigned,role:r1' })
  expect(plan.lanes.map(({ filter }) => [filter.sla, filter.order_by])).toEqual([
    ['breached,at-risk,on-track', 'sla_due_at'],
    ['none', 'updated_at'],
  ])
})

test('a ticket stands in the lane of its deadline', () => {
  const plan = planFor({}, mine)
  expect([laneOf(plan, 'breached'), laneOf(plan, 'on_track'), laneOf(plan, 'none'), laneOf(plan, 'paused')]).toEqual([0, 0, 1, 1])
  expect(laneOf(planFor({ status: 'open' }, mine), 'none')).toBe(0)
})

test('other lists show the newest change first unless they say otherwise', () => {
  expect(planFor({ status: 'open' }, mine).order).toBe('-updated_at')
  expect(planFor({ order_by: 'ticket_number' }, mine).order).toBe('ticket_number')
})

test('each built-in view is known by its address', () => {
  for (const view of BUILT_IN) expect(builtInAt(`/inbox/1?${writeFilter(view.filter)}`)).toBe(view)
  expect(builtInAt('/inbox/1?status=open')).toBeUndefined()
  expect(builtInAt('/inbox/1/v/abc')).toBeUndefined()
})
