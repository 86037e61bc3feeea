import { expect, test } from 'vitest'
import type { Message } from '../src/api/types.ts'
import { isOwn, laidOver } from '../src/state/notes-rules.ts'

const note = (given: Partial<Message> = {}): Message => ({
  id: 'n1', content: 'Before', author_type: 'support', author_name: 'Ada', is_private: true, created_at: '2026-11-29T12:00:00Z', version: 0, attachments: [], has_html: false, ...given,
})

test('a change is shown at once, and a removed note is gone', () => {
  const changed = note({ content: 'After' })
  expect(laidOver(note(), undefined)?.content).toBe('Before')
  expect(laidOver(note(), { is: 'changed', message: changed, isPending: true })?.content).toBe('After')
  expect(laidOver(note(), { is: 'removed' })).toBeNull()
})

test('what was changed later elsewhere counts more than what was confirmed here', () => {
  const confirmed = { is: 'changed', message: note({ content: 'Here', version: 1 }), isPending: false } as const
  expect(laidOver(note({ version: 0 }), confirmed)?.content).toBe('Here')
  expect(laidOver(note({ content: 'Later', version: 2 }), confirmed)?.content).toBe('Later')
})

test('own notes are those under the agent’s name, and no messages', () => {
  const ada = { first_name: 'Ada', email: 'ada@example.com' }
  expect(isOwn(note(), ada)).toBe(true)
  expect(isOwn(note({ is_private: false }), ada)).toBe(false)
  expect(isOwn(note({ author_name: 'Ben' }), ada)).toBe(false)
  expect(isOwn(note({ author_name: 'ada@example.com' }), { ...ada, first_name: '' })).toBe(true)
})
