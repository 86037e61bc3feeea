import { describe, expect, test } from 'vitest'
import type { Ticket } from '../src/api/types.ts'
import { arrange, compareBy } from '../src/list/order.ts'
import { ticket } from './ticket.ts'

const second = (n: number) => new Date(Date.UTC(2026, 10, 29, 12, 0, n)).toISOString()

function desk(...all: Ticket[]) {
  const known = new Map(all.map((one) => [one.id, one]))
  return (id: string) => known.get(id)
}

describe('the order of a list', () => {
  test('is by the field, in both directions, and by number among equals', () => {
    const [a, b] = [ticket(1), ticket(2, { updated_at: ticket(1).updated_at })]
    expect([b, a].sort(compareBy('updated_at'))).toEqual([a, b])
    expect([a, b].sort(compareBy('-updated_at'))).toEqual([b, a])
    expect([a, b].sort(compareBy('-ticket_number'))).toEqual([b, a])
  })

  test('puts tickets without a deadline last, also backwards', () => {
    const due = ticket(1, { sla: { state: 'on_track', due_at: second(50) } })
    const none = ticket(2)
    expect([none, due].sort(compareBy('sla_due_at'))).toEqual([due, none])
    expect([none, due].sort(compareBy('-sla_due_at'))).toEqual([due, none])
  })
})

describe('arriving tickets', () => {
  const newest = compareBy('-updated_at')

  test('come in where they belong', () => {
    const ask = desk(ticket(1), ticket(3), ticket(5))
    expect(arrange(['t5', 't1'], [{ id: 't3', matches: true }], ask, newest, true)).toEqual({
      rows: ['t5', 't3', 't1'],
      added: ['t3'],
      moved: [],
      gone: [],
    })
  })

  test('move when they changed, and only those are named', () => {
    const ask = desk(ticket(1, { updated_at: second(9) }), ticket(3), ticket(5))
    const arranged = arrange(['t5', 't3', 't1'], [{ id: 't1', matches: true }], ask, newest, true)
    expect(arranged.rows).toEqual(['t1', 't5', 't3'])
    expect(arranged).toMatchObject({ added: [], moved: ['t1'], gone: [] })
  })

  test('that changed without changing places have not moved', () => {
    const ask = desk(ticket(1), ticket(3), ticket(5, { updated_at: second(9) }))
    expect(arrange(['t5', 't3', 't1'], [{ id: 't5', matches: true }], ask, newest, true).moved).toEqual([])
  })

  test('are not moved by others that pass them', () => {
    const ask = desk(ticket(1, { updated_at: second(9) }), ticket(3), ticket(5))
    const all = ['t5', 't3', 't1'].map((id) => ({ id, matches: true }))
    expect(arrange(['t5', 't3', 't1'], all, ask, newest, true)).toMatchObject({ rows: ['t1', 't5', 't3'], moved: ['t1'] })
  })

  test('that change places with one that did not change have moved', () => {
    const ask = desk(ticket(1, { updated_at: second(9) }), ticket(3, { updated_at: second(8) }), ticket(5))
    const two = ['t3', 't1'].map((id) => ({ id, matches: true }))
    expect(arrange(['t5', 't3', 't1'], two, ask, newest, true)).toMatchObject({ rows: ['t1', 't3', 't5'], moved: ['t1', 't3'] })
  })

  test('leave when they no longer match', () => {
    const ask = desk(ticket(1), ticket(3))
    const arranged = arrange(['t3', 't1'], [{ id: 't3', matches: false }], ask, newest, true)
    expect(arranged).toEqual({ rows: ['t1'], added: [], moved: [], gone: ['t3'] })
  })

  test('that stand beyond the last loaded row wait for their page', () => {
    const ask = desk(ticket(1), ticket(3), ticket(5))
    const arrivals = [{ id: 't1', matches: true }]
    expect(arrange(['t5', 't3'], arrivals, ask, newest, false).rows).toEqual(['t5', 't3'])
    expect(arrange(['t5', 't3'], arrivals, ask, newest, true).rows).toEqual(['t5', 't3', 't1'])
  })

  test('fill an empty list', () => {
    expect(arrange([], [{ id: 't1', matches: true }], desk(ticket(1)), newest, true).rows).toEqual(['t1'])
  })

  test('two hundred into ten thousand keep every row once and in order', () => {
    const all = Array.from({ length: 10_000 }, (_, n) => ticket(n + 1))
    const changed = all.filter((_, n) => n % 50 === 0).map((one, n) => ({ ...one, updated_at: new Date(Date.UTC(2027, 0, 1, 0, 0, n)).toISOString() }))
    const ask = desk(...all, ...changed)
    const rows = all.map(({ id }) => id).reverse()
    const arranged = arrange(rows, changed.map(({ id }) => ({ id, matches: true })), ask, newest, false)
    expect(new Set(arranged.rows).size).toBe(10_000)
    expect(arranged.rows).toEqual([...arranged.rows].sort((a, b) => newest(ask(a)!, ask(b)!)))
  })
})
