import { expect, test } from 'vitest'
import { typedAt, withMentions } from '../src/composer/mentions.ts'
import { asTyped } from '../src/thread/plain.ts'

const at = (given: string) => typedAt(given.replace('|', ''), given.indexOf('|'))

test('a name is being typed behind an @ at the beginning of a word', () => {
  expect(at('@|')).toEqual({ from: 0, query: '' })
  expect(at('Ask @Mi| please')).toEqual({ from: 4, query: 'Mi' })
  expect(at('(@tomás|')).toEqual({ from: 1, query: 'tomás' })
  expect(at('line\n@a|')).toEqual({ from: 5, query: 'a' })
})

test('an address, a finished name and a caret elsewhere are none', () => {
  for (const text of ['ada@example|', 'Ask @Mira |', 'Ask |@Mira', 'a@@b|']) expect(at(text)).toBeNull()
})

const marked = (text: string, names: string[]) =>
  withMentions(asTyped(text), names).flatMap((block) =>
    block.is === 'paragraph' ? block.children.map((one) => (one.is === 'text' && one.marks.includes('mention') ? `[${one.text}]` : one.is === 'text' ? one.text : '')) : [],
  ).join('')

test('mentions of members are marked, whole names only, the longest first', () => {
  expect(marked('@Mira and @mira, not @Miranda', ['Mira'])).toBe('[@Mira] and [@mira], not @Miranda')
  expect(marked('@Ana Maria', ['Ana', 'Ana Maria'])).toBe('[@Ana Maria]')
  expect(marked('@a.b(c', ['a.b(c'])).toBe('[@a.b(c]')
  expect(marked('x@Mira @Ben', ['Mira'])).toBe('x@Mira @Ben')
})

test('code and links stay, and without names nothing is marked', () => {
  expect(marked('`@Mira` https://a.example/@Mira', ['Mira'])).toBe('@Mira https://a.example/@Mira')
  expect(marked('@Mira', [])).toBe('@Mira')
})
