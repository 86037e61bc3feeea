import { expect, test } from 'vitest'
import { COMMANDS } from '../src/keyboard/commands.ts'
import { spell, strokeOf, type Stroke } from '../src/keyboard/keys.ts'

const press = (key: string, code: string, held: Partial<Stroke> = {}): string =>
  strokeOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

test('a letter is what the layout gives', () => {
  expect(press('z', 'KeyY')).toBe('z')
  expect(press('N', 'KeyN', { shiftKey: true })).toBe('Shift+n')
})

test('a layout with other letters goes by the key', () => {
  expect(press('о', 'KeyJ')).toBe('j')
  expect(press('Т', 'KeyN', { shiftKey: true })).toBe('Shift+n')
})

test('a sign is itself, however it is typed', () => {
  expect(press('?', 'Slash', { shiftKey: true })).toBe('?')
  expect(press('#', 'Digit3', { shiftKey: true })).toBe('#')
})

test('Ctrl and Cmd are one', () => {
  expect(press('k', 'KeyK', { ctrlKey: true })).toBe('Mod+k')
  expect(press('Enter', 'Enter', { metaKey: true, shiftKey: true })).toBe('Mod+Shift+Enter')
  expect(spell('Mod+k', false)).toEqual(['Ctrl', 'K'])
})

test('no two commands of one place share a key', () => {
  const seen = COMMANDS.flatMap(({ where, keys }) => keys.map((key) => `${where} ${key}`))
  expect(seen.filter((key, at) => seen.indexOf(key) !== at)).toEqual([])
})
