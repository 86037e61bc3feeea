import { expect, test } from 'vitest'
import { inline, richContent, toDocument, type Node } from '../src/composer/markdown.ts'
import { readDocument } from '../src/thread/rich.ts'
import { growth, LINEAR } from './growth.ts'

/** A document in short: `<b>` for bold and so on, one string for each block. */
function short(node: Node): string {
  const inside = (node.content ?? []).map(short).join('')
  if (node.type === 'text') {
    return (node.marks ?? []).reduceRight((text, mark) => {
      const name = mark.type === 'link' ? `a ${mark.attrs.href}` : mark.type[0]
      return `<${name}>${text}</${name}>`
    }, node.text ?? '')
  }
  return node.type === 'hardBreak' ? '|' : `${node.type}(${inside})`
}
const blocks = (text: string) => (toDocument(text).content ?? []).map(short)
const marks = (text: string) => inline(text).map(short).join('')

test.each([
  ['**bold** and *it*', '<b>bold</b> and <i>it</i>'],
  ['_it_ ~~no~~ `a*b*`', '<i>it</i> <s>no</s> <c>a*b*</c>'],
  ['**a *b* c**', '<b>a </b><b><i>b</i></b><b> c</b>'],
  ['snake_case_name 2*3*4 = 24', 'snake_case_name 2<i>3</i>4 = 24'],
  ['2 * 3 * 4, **, `', '2 * 3 * 4, **, `'],
  ['\\*not\\*', '*not*'],
  ['[docs](https://a.example/(x))', '<a https://a.example/(x)>docs</a https://a.example/(x)>'],
  ['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
  ['https://a.example.', '<a https://a.example>https://a.example</a https://a.example>.'],
  ['`` a`b ``', '<c>a`b</c>'],
])('%s', (text, expected) => {
  expect(marks(text)).toBe(expected)
})

test('paragraphs, line ends, lists, quotes and code are blocks', () => {
  expect(blocks('One\ntwo\n\nThree')).toEqual(['paragraph(One|two)', 'paragraph(Three)'])
  expect(blocks('- a\n- b\n  more\n\n- c')).toEqual(['bulletList(listItem(paragraph(a))listItem(paragraph(b|more))listItem(paragraph(c)))'])
  expect(blocks('3. a\n4. b\nend')).toEqual(['orderedList(listItem(paragraph(a))listItem(paragraph(b)))', 'paragraph(end)'])
  expect(toDocument('3. a').content?.[0]?.attrs).toEqual({ start: 3 })
  expect(blocks('- a\n  - b')).toEqual(['bulletList(listItem(paragraph(a)bulletList(listItem(paragraph(b)))))'])
  expect(blocks('> a\n> - b\nc')).toEqual(['blockquote(paragraph(a)bulletList(listItem(paragraph(b))))', 'paragraph(c)'])
  expect(blocks('```js\n**a**\n\n- b\n```\nc')).toEqual(['codeBlock(**a**\n\n- b)', 'paragraph(c)'])
  expect(blocks('```\nopen')).toEqual(['codeBlock(open)'])
})

test('text without formatting has no document', () => {
  expect(richContent('Hello,\n\nyour #12 is 2 * 3.')).toBeNull()
  expect(richContent('**x**')).not.toBeNull()
})

test('what is written is what is shown', () => {
  expect(readDocument(richContent('**a**\n\n- b'))).toMatchObject([{ is: 'paragraph' }, { is: 'list', isOrdered: false }])
})

test.each(['*', '_a', '[', '`', '> ', '- ', '**a ', 'https://', '~~', '((', 'a\n\n'])('many of %j take time in proportion', (part) => {
  expect(growth((size) => void toDocument(part.repeat(Math.ceil(size / part.length))), 5_000)).toBeLessThan(LINEAR)
  expect(growth((size) => void toDocument(`${part}\n`.repeat(Math.ceil(size / (part.length + 1)))), 5_000)).toBeLessThan(LINEAR)
})
