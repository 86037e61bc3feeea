import { expect, test } from 'vitest'
import type { Filter } from '../src/list/plan.ts'
import { readEdit, toFilter, toSaved, writeEdit } from '../src/list/saved.ts'

const filter: Filter = {
  status: 'new,open',
  priority: 'high',
  channel_source: 'widget',
  sla: 'breached',
  assignee: 'me,unassigned,user:1,role:0a',
  tags_all: '["vip","a,b"]',
  tags_exclude: '["bug"]',
  date_from: '-7d',
  search: 'ada',
  order_by: '-sla_due_at',
}

test('a filter comes back from a saved view as it was', () => {
  const { filters, lost } = toSaved(filter)
  expect(lost).toEqual([])
  expect(filters).toMatchObject({
    assignee: ['me', 'unassigned', { type: 'user', id: 1 }, { type: 'role', id: '0a' }],
    tags: ['vip', 'a,b'],
    tagsMatch: 'all',
    sorting: { columnKey: 'sla_due_at', order: -1 },
  })
  expect(toFilter(filters)).toEqual(filter)
})

test('what a view cannot keep is named', () => {
  expect(toSaved({ snoozed: 'true', sla: 'breached,at-risk', updated_from: '-1d', status: 'open' })).toEqual({
    filters: { status: ['open'] },
    lost: ['updated_from', 'snoozed', 'sla'],
  })
})

test('junk in a view is no filter', () => {
  expect(toFilter({ status: 'open', channel: 'all', tags: [], assignee: [null], sorting: null })).toEqual({})
})

test('an edited view carries only what is other', () => {
  const edited: Filter = { ...filter, status: 'open' }
  delete edited.search
  const query = writeEdit(filter, edited)
  expect(query).toBe('status=open&search=')
  expect(readEdit(filter, query)).toEqual(edited)
  expect(writeEdit(filter, filter)).toBe('')
})
