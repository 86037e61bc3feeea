import { expect, test } from 'vitest'
import type { QuickAction } from '../src/api/types.ts'
import { bodyOf, copyOf, emptyForm, formOf, isComplete } from '../src/composer/actions.ts'

const action = {
  id: 'q', short_id: 'q', name: 'Thanks', description: '', content: 'Thank you', visibility: 'personal', created_at: '', created_by: { id: 1 },
  actions: { status: 'resolved', tags: ['a'], assignee: { type: 'user', id: 7, user: null, role: null } },
} as unknown as QuickAction

test('what was read is what is sent', () => {
  expect(bodyOf(formOf(action))).toEqual({
    name: 'Thanks', description: '', content: 'Thank you', visibility: 'personal',
    actions: { status: 'resolved', priority: null, tags: ['a'], assignee: { type: 'user', id: 7 } },
  })
})

test('a field that is emptied is no longer changed', () => {
  expect(bodyOf({ ...formOf(action), status: '', assignee: '', tags: [] })['actions']).toEqual({ status: null, priority: null, tags: null, assignee: null })
})

test('a duplicate has a name of its own', () => {
  const say = (name: string, n: number) => (n === 1 ? `${name} (copy)` : `${name} (copy ${n})`)
  expect(copyOf(formOf(action), ['Thanks'], say).name).toBe('Thanks (copy)')
  expect(copyOf(formOf(action), ['Thanks', 'Thanks (copy)'], say).name).toBe('Thanks (copy 2)')
  expect(copyOf(formOf(action), [], say).content).toBe('Thank you')
})

test('a quick action has a name, and says or changes something', () => {
  expect(isComplete(emptyForm({ name: 'x' }))).toBe(false)
  expect(isComplete(emptyForm({ content: 'x' }))).toBe(false)
  expect(isComplete(emptyForm({ name: 'x', content: 'y' }))).toBe(true)
  expect(isComplete(emptyForm({ name: 'x', tags: ['a'] }))).toBe(true)
})
