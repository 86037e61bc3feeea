import { expect, test } from 'vitest'
import { format, type Format } from '../src/composer/format.ts'
import { find } from '../src/composer/fuzzy.ts'
import { tabAfter } from '../src/composer/tabs.ts'
import { fill, unset } from '../src/composer/variables.ts'

/** Text with `[` and `]` around the selection, or `^` at the caret. */
function press(kind: Format, given: string): string {
  const caret = given.indexOf('^')
  const [start, end] = caret >= 0 ? [caret, caret] : [given.indexOf('<'), given.indexOf('>') - 1]
  const text = given.replace(/[<>^]/g, '')
  const edit = format(kind, { text, start, end })
  const after = text.slice(0, edit.from) + edit.insert + text.slice(edit.to)
  if (edit.start === edit.end) return `${after.slice(0, edit.start)}^${after.slice(edit.start)}`
  return `${after.slice(0, edit.start)}<${after.slice(edit.start, edit.end)}>${after.slice(edit.end)}`
}

test.each<[Format, string, string]>([
  ['bold', 'a <b > c', 'a **<b>**  c'],
  ['bold', 'a **<b>** c', 'a <b> c'],
  ['italic', '**<b>**', '***<b>***'],
  ['italic', '*<b>*', '<b>'],
  ['bold', 'a ^', 'a **^**'],
  ['code', 'a <b> c', 'a `<b>` c'],
  ['code', '<a\nb>', '```\n<a\nb>\n```'],
  ['link', 'see <docs>', 'see [docs](<https://>)'],
  ['link', '<https://a.example>', '[^](https://a.example)'],
  ['list', 'x\n<a\nb>\ny', 'x\n<- a\n- b>\ny'],
  ['list', '<- a\n- b>', '<a\nb>'],
  ['numbers', 'a^', '1. a^'],
])('%s on %j', (kind, given, expected) => {
  expect(press(kind, given)).toBe(expected)
})

test('a quick action is filled, else falls back, else waits for the agent', () => {
  const values = { 'customer.name': 'Ada', 'customer.email': ' ', 'ticket.number': '12' }
  const filled = fill('Hi {{customer.name|there}}, {{ customer_name }}, {{customer.email|you}} #{{ticket.number}} {{customer.email}} {{order.id}}', values)
  expect(filled).toBe('Hi Ada, Ada, you #12 {{customer.email}} {{order.id}}')
  expect(unset(filled).map(({ name, start, end }) => [name, filled.slice(start, end)])).toEqual([
    ['customer.email', '{{customer.email}}'],
    ['order.id', '{{order.id}}'],
  ])
})

test('what an agent writes about is no variable', () => {
  expect(unset('Write `{{user.name}}`:\n```\n{{a.b}}\n```')).toEqual([])
  expect(unset('{{ }} {{1}} {x} {{a b}}')).toEqual([])
})

test('quick actions are found by letters, name before text', () => {
  const all = [
    { name: 'Refund sent', text: 'Your money is on its way' },
    { name: 'Ask for browser', text: 'Which browser? A refund is not possible.' },
    { name: 'Résumé', text: 'x' },
  ]
  const names = (query: string) => find(query, all, ({ name, text }) => [name, text]).map(({ name }) => name)
  expect(names('')).toHaveLength(3)
  expect(names('rs')[0]).toBe('Refund sent')
  expect(names('refund')).toEqual(['Refund sent', 'Ask for browser'])
  expect(names('resume')).toContain('Résumé')
  expect(names('zz')).toEqual([])
})

test('the arrow keys go round the tabs', () => {
  expect(tabAfter('ArrowRight', 'reply')).toBe('note')
  expect(tabAfter('ArrowRight', 'note')).toBe('reply')
  expect(tabAfter('ArrowLeft', 'reply')).toBe('note')
  expect(tabAfter('Home', 'note')).toBe('reply')
  expect(tabAfter('End', 'reply')).toBe('note')
  expect(tabAfter('Enter', 'reply')).toBeNull()
})
