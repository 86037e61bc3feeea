import { expect, test } from 'vitest'
import { overhear, type Told } from '../src/state/leader.ts'
import { ticket } from './ticket.ts'

const one = ticket(1, {})
const two = ticket(2, {})
const open = { id: one.id, version: 3, ticket: one, messages: [], more: false }
const told: Told = { tickets: [{ ticket: one, matches: true }], unread_count: 1, viewers: [], more: false, build: '1', filter: 'status=new', open }

test('a tab with the same list and ticket has all by hearing it', () => {
  const heard = overhear(told, { filter: 'status=new', open: one.id, isVisible: true })
  expect(heard).toEqual({ tickets: told.tickets, isPlaced: true, open, more: false, asks: false })
})

test('a tab in view asks what its own list makes of it', () => {
  expect(overhear(told, { filter: '', open: null, isVisible: true })).toMatchObject({ isPlaced: false, open: null, asks: true })
  expect(overhear({ ...told, tickets: [] }, { filter: '', open: null, isVisible: true }).asks).toBe(false)
})

test('a tab in view asks for the messages of its open ticket when that one changed', () => {
  const other = { ...told, open: null }
  expect(overhear(other, { filter: 'status=new', open: one.id, isVisible: true }).asks).toBe(true)
  expect(overhear(other, { filter: 'status=new', open: two.id, isVisible: true }).asks).toBe(false)
})

test('a hidden tab asks for nothing', () => {
  expect(overhear({ ...told, more: true }, { filter: '', open: two.id, isVisible: false })).toMatchObject({ more: false, asks: false })
})
