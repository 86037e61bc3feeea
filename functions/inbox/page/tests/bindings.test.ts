import { expect, test } from 'vitest'
import { bound, refusal, withKeys } from '../src/keyboard/bindings.ts'
import { COMMANDS } from '../src/keyboard/commands.ts'
import { isCharacter, strokeOf, withoutAlt, type Stroke } from '../src/keyboard/keys.ts'

const press = (key: string, code: string, held: Partial<Stroke> = {}): string =>
  strokeOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

test('the table as it stands has no conflict', () => {
  const refused = COMMANDS.flatMap(({ id, keys }) => keys.map((key) => [id, key, refusal({}, id, key)] as const))
  expect(refused.filter(([, , why]) => why !== null)).toEqual([])
})

test('a key that another command has is refused, wherever one press could mean both', () => {
  expect(refusal({}, 'ticket.snooze', 'e')).toEqual({ is: 'taken', by: 'ticket.resolve' })
  expect(refusal({}, 'ticket.snooze', 'g')).toEqual({ is: 'taken', by: 'go.queue' })
  expect(refusal({}, 'ticket.snooze', 'j')).toMatchObject({ is: 'taken' })
  expect(refusal({}, 'thread.next', 'ArrowDown')).toBeNull()
  expect(refusal({}, 'ticket.snooze', 'q')).toBeNull()
})

test('keys of the browser stay its own', () => {
  expect(refusal({}, 'ticket.snooze', 'Mod+w')).toEqual({ is: 'kept' })
  expect(refusal({}, 'ticket.snooze', 'Tab')).toEqual({ is: 'kept' })
})

test('a changed key frees the old one, and changing it back leaves nothing behind', () => {
  const changed = withKeys({}, 'ticket.resolve', ['q'])
  expect(bound(changed).find(({ id }) => id === 'ticket.resolve')?.keys).toEqual(['q'])
  expect(refusal(changed, 'ticket.snooze', 'e')).toBeNull()
  expect(refusal(changed, 'ticket.snooze', 'q')).toEqual({ is: 'taken', by: 'ticket.resolve' })
  expect(withKeys(changed, 'ticket.resolve', ['e'])).toEqual({})
  expect(withKeys({}, 'ticket.resolve', [])).toEqual({ 'ticket.resolve': [] })
})

test('AltGr writes a sign, also where it is reported as Ctrl and Alt', () => {
  const altGr = { ctrlKey: true, altKey: true, getModifierState: () => true }
  expect(press('[', 'Digit8', altGr)).toBe('[')
  expect(press('Enter', 'Enter', { altKey: true })).toBe('Alt+Enter')
})

test('with Alt held a Mac writes other letters', () => {
  expect(press('ß', 'KeyS', { altKey: true })).toBe('Alt+s')
  expect(press('Dead', 'KeyN', { altKey: true })).toBe('Alt+n')
})

test('commands by Alt only, and characters switched off', () => {
  expect(['Alt+j', 'Alt+Shift+n', 'Alt+?'].map(withoutAlt)).toEqual(['j', 'Shift+n', '?'])
  expect(['j', 'Alt+Enter', 'Mod+Alt+j'].map(withoutAlt)).toEqual([null, null, null])
  expect(['j', 'Shift+n', '?', '+'].every(isCharacter)).toBe(true)
  expect(['Enter', 'Mod+k', 'Alt+j', 'ArrowDown', 'Space'].some(isCharacter)).toBe(false)
})
