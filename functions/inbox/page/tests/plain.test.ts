import { expect, test } from 'vitest'
import { asTyped } from '../src/thread/plain.ts'
import { growth, LINEAR } from './growth.ts'
import type { Block } from '../src/thread/rich.ts'

/** Each block in short: its text, with code in guillemets and links in angle brackets. */
const short = (block: Block): string => {
  if (block.is === 'code') return `CODE ${block.text}`
  if (block.is !== 'paragraph') return block.is
  const words = block.children.map((one) => {
    if (one.is !== 'text') return one.is
    return one.marks.includes('code') ? `«${one.text}»` : one.address ? `<${one.text}>` : one.text
  })
  return words.join('')
}
const read = (text: string) => asTyped(text).map(short)

test('fences are code, and what stands around them stays as it was typed', () => {
  expect(read('I ran\n```js\nconst a = `b`\n\nb()\n```\n  and *it* broke')).toEqual(['I ran', 'CODE const a = `b`\n\nb()', '  and *it* broke'])
  expect(read('\nBefore\n\n```\nx\n```\n\nafter\n')).toEqual(['Before', 'CODE x', 'after'])
  expect(read('```\r\none\r\n```')).toEqual(['CODE one'])
  expect(read('````\n```\nin\n```\n````')).toEqual(['CODE ```\nin\n```'])
})

test('backticks are code within a line, and no Markdown besides is read', () => {
  expect(read('Set `a_b` to ``c`d`` and **this** _stays_ # so')).toEqual(['Set «a_b» to «c`d» and **this** _stays_ # so'])
  expect(read('```npm run x``` fails')).toEqual(['«npm run x» fails'])
  expect(read('- one\n- two\n\n> three')).toEqual(['- one\n- two\n\n> three'])
})

test('an address in code is no link', () => {
  expect(read('See https://a.example/x and `https://b.example`')).toEqual(['See <https://a.example/x> and «https://b.example»'])
})

test('what is opened and not closed stays as it was typed', () => {
  expect(read('```\nnever closed')).toEqual(['```\nnever closed'])
  expect(read('a ` b\nc ` d')).toEqual(['a ` b\nc ` d'])
  expect(read('It cost 5` and ``')).toEqual(['It cost 5` and ``'])
})

test('markup is words', () => {
  expect(read('<b>x</b> `<img onerror=1>`')).toEqual(['<b>x</b> «<img onerror=1>»'])
})

test.each([
  ['backticks', (size: number) => '`'.repeat(size)],
  ['words in code', (size: number) => '` a '.repeat(size / 4)],
  ['fences', (size: number) => '```\n'.repeat(size / 4 + 1)],
  ['fences of all lengths', (size: number) => Array.from({ length: size / 16 }, (_, at) => '`'.repeat(3 + (at % 90))).join('\n')],
])('%s take time in proportion', (_, text) => {
  expect(growth((size) => void asTyped(text(size)), 16_000)).toBeLessThan(LINEAR)
})
