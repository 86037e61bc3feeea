import { expect, test } from 'vitest'
import { hostToShow, pieces, safeAddress } from '../src/thread/links.ts'
import { readDocument } from '../src/thread/rich.ts'

const doc = (...content: unknown[]) => ({ type: 'doc', content })
const text = (said: string, ...marks: unknown[]) => ({ type: 'text', text: said, marks })
const paragraph = (...content: unknown[]) => ({ type: 'paragraph', content })
const plain = (said: string) => ({ is: 'text', text: said, marks: [], address: null })

test.each([
  'javascript:alert(1)', 'JavaScript:alert(1)', ' java\tscript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,x', 'vbscript:x',
  'file:///etc/passwd', '//evil.example', '/\\evil.example', 'blob:x', 'x', '', 7, null,
])('%j is no address of a link', (address) => {
  expect(safeAddress(address)).toBeNull()
})

test.each(['https://a.example/x', 'http://a.example', 'mailto:a@example.com', 'tel:+49', '/docs', './a', '../a', '#m'])('%s is one', (address) => {
  expect(safeAddress(address)).toBe(address)
})

test('a link shows its host where its text says another', () => {
  expect(hostToShow('https://evil.example/a', 'bank.example')).toBe('evil.example')
  expect(hostToShow('https://bank.example.evil.example/', 'bank.example')).toBe('bank.example.evil.example')
  expect(hostToShow('https://bank.example/', 'https://bank.example.evil.example')).toBe('bank.example')
  expect(hostToShow('https://bank.example@evil.example/', 'bank.example')).toBe('evil.example')
  expect(hostToShow('https://bank.example/help', 'https://bank.example/help')).toBeNull()
  expect(hostToShow('mailto:a@example.com', 'write to us')).toBeNull()
})

test('addresses are found in plain text, without what closes the sentence', () => {
  expect(pieces('See https://a.example/x_(y), or (http://b.example).').map((piece) => piece.address ?? piece.text)).toEqual([
    'See ', 'https://a.example/x_(y)', ', or (', 'http://b.example', ').',
  ])
  expect(pieces('no address, ftp://a')).toEqual([{ text: 'no address, ftp://a', address: null }])
})

test('known nodes and marks are taken over, others give what is in them', () => {
  const table = { type: 'table', content: [{ type: 'tableRow', content: [paragraph(text('cell'))] }] }
  const read = readDocument(doc(paragraph(text('a', { type: 'bold' }, { type: 'blink' }), { type: 'hardBreak' }, { type: 'mention', content: [text('b')] }), table))
  expect(read).toEqual([
    { is: 'paragraph', children: [{ ...plain('a'), marks: ['bold'] }, { is: 'break' }, plain('b')] },
    { is: 'paragraph', children: [plain('cell')] },
  ])
})

test('a forbidden address leaves the text, a forbidden picture leaves nothing', () => {
  const link = text('click', { type: 'link', attrs: { href: 'javascript:alert(1)' } })
  const picture = { type: 'image', attrs: { src: 'data:image/svg+xml,x', alt: 'x' } }
  expect(readDocument(doc(paragraph(link, picture)))).toEqual([{ is: 'paragraph', children: [plain('click')] }])
})

test('what is no document, empty, too deep or too large falls back to the plain text', () => {
  let deep: unknown = paragraph(text('x'))
  for (let n = 0; n < 30; n++) deep = { type: 'blockquote', content: [deep] }
  const large = doc(...Array.from({ length: 20_001 }, () => paragraph(text('x'))))
  for (const given of [null, 'x', [], {}, { type: 'paragraph' }, doc(), doc(paragraph()), doc(7, null, [doc()]), doc(deep), large]) {
    expect(readDocument(given)).toBeNull()
  }
})

test('numbers of lists and headings stay in bounds', () => {
  const list = { type: 'orderedList', attrs: { start: -5 }, content: [{ type: 'listItem', content: [paragraph(text('a'))] }] }
  const heading = { type: 'heading', attrs: { level: 99 }, content: [text('h')] }
  expect(readDocument(doc(list, heading))).toMatchObject([{ is: 'list', start: 1 }, { is: 'heading', level: 6 }])
})
