import { expect, test } from 'vitest'
import type { Ticket } from '../src/api/types.ts'
import { inSections, placeOf, type Item } from '../src/list/sections.ts'
import { ticket } from './ticket.ts'

const now = new Date(2026, 10, 29, 12, 0).getTime()
const due = (number: number, minutes: number, given: Partial<Ticket> = {}) =>
  ticket(number, { sla: { state: 'on_track', due_at: new Date(now + minutes * 60_000).toISOString() }, ...given })

const flat = (items: Item[]) => items.map((item) => (item.is === 'row' ? item.id : `${item.section} ${item.count}${item.hasMore ? '+' : ''}`))

test('a ticket stands where its deadline is now', () => {
  const places = [due(1, -1), due(2, 60), due(3, 61), due(4, 60 * 13), ticket(5), ticket(6, { sla: { state: 'paused' } })]
  expect(places.map((one) => placeOf(one, now).section)).toEqual(['breached', 'at_risk', 'today', 'later', 'none', 'none'])
})

test('sections keep the desk’s order, empty ones are left out, and what goes on says so', () => {
  const all = [due(1, -5), due(2, -1), due(3, 90), ticket(4)]
  const place = (id: string) => placeOf(all.find((one) => one.id === id)!, now)
  const lanes = [
    { rows: ['t1', 't2', 't3'], hasMore: true },
    { rows: ['t4'], hasMore: false },
  ]
  expect(flat(inSections(lanes, place, false))).toEqual(['breached 2', 't1', 't2', 'today 1+', 't3', 'none 1', 't4'])
})

test('by priority first, the pressing sections go high, medium or none, low; the others stay', () => {
  const all = [due(1, -9, { priority: 'low' }), due(2, -8), due(3, -7, { priority: 'high' }), due(4, 90, { priority: 'low' }), due(5, 95, { priority: 'high' })]
  const place = (id: string) => placeOf(all.find((one) => one.id === id)!, now)
  const items = inSections([{ rows: all.map(({ id }) => id), hasMore: false }], place, true)
  expect(flat(items)).toEqual(['breached 3', 't3', 't2', 't1', 'today 2', 't4', 't5'])
})
