import { expect, test } from 'vitest'
import type { NamedSession, SeenError, SeenEvent, SeenFrame } from '../src/api/types.ts'
import { matching, nameOf, pathOf, placeOfMessage, propertiesOf, rangeAround } from '../src/context/events.ts'
import { marksOf } from '../src/context/marks.ts'
import { markdownOf, stackText } from '../src/context/markdown.ts'
import { offset, secondsFrom, unitsOf } from '../src/context/offset.ts'
import { choicesOf, labelOf } from '../src/context/sessions.ts'
import { inSources, placeOf, runsOf } from '../src/context/stack.ts'

const MESSAGE = '2026-11-29T12:00:00.900Z'
const PAGE = 'https://shop.example/cart'

const event = (name: string, given: Partial<SeenEvent> = {}): SeenEvent => ({
  at: '2026-11-29T11:59:00Z', event: name, url: PAGE, distinct_id: 'd', is_other_person: false, window_id: null, properties: {}, ...given,
})
const frame = (name: string, is_own: boolean, given: Partial<SeenFrame> = {}): SeenFrame => ({
  file: 'https://shop.example/app.js', function: name, line: 12, column: 5, is_own, chunk_id: null, original: null, ...given,
})
const error = (given: Partial<SeenError> = {}): SeenError => ({
  id: 'e', type: 'TypeError', message: 'no total', is_handled: false, count: 1, first_at: MESSAGE, last_at: MESSAGE, url: PAGE, window_id: null,
  causes: [
    { type: 'TypeError', message: 'no total', is_handled: false, frames: [frame('pay', true), frame('run', false)] },
    { type: 'Error', message: 'the cart is empty', is_handled: true, frames: [] },
  ],
  ...given,
})

test('a frame stands where it lies in the sources, by the name that they have for it', () => {
  const original = { file: 'src/cart.ts', line: 3, column: 9, function: 'total' }
  const sent = frame('t', true, { original })
  expect(placeOf(inSources(sent), PAGE)).toBe('src/cart.ts:3:9')
  expect(inSources(sent).function).toBe('total')
  expect(inSources(frame('t', true, { original: { ...original, function: null } })).function, 'the map names none').toBe('t')
  expect(inSources(frame('t', true)), 'there is no map').toEqual(frame('t', true))
  expect(stackText({ causes: [{ type: 'E', message: 'x', is_handled: null, frames: [sent] }] })).toBe('E: x\n    at total (src/cart.ts:3:9)')
})

test('a time is told from the message, to the second, whichever came first', () => {
  const from = (at: string) => offset(secondsFrom(MESSAGE, at)!)
  expect(from('2026-11-29T11:59:18.900Z')).toBe('−0:42')
  expect(from('2026-11-29T12:05:00.900Z')).toBe('+5:00')
  expect(from('2026-11-29T12:00:01.200Z')).toBe('0:00')
  expect(from('2026-11-29T10:57:57.900Z')).toBe('−1:02:03')
  expect(from('2026-12-01T15:30:00.900Z')).toBe('+2d 3h')
  expect(secondsFrom(MESSAGE, 'soon')).toBeNull()
})

test('a length of time is said by its two largest units, and by none if it is nothing', () => {
  const said = (seconds: number) => unitsOf(seconds).map(({ n, unit }) => `${n} ${unit}`)
  expect(said(-125)).toEqual(['2 minute', '5 second'])
  expect(said(3_600)).toEqual(['1 hour'])
  expect(said(3_605)).toEqual(['1 hour'])
  expect(said(2 * 86_400 + 3 * 3_600 + 60)).toEqual(['2 day', '3 hour'])
  expect(said(0)).toEqual([])
})

test('the SDK’s own events have words, the page’s keep their names, whatever they are called', () => {
  expect(nameOf(event('$pageview'))).toBe('Page view')
  expect(nameOf(event('$autocapture', { properties: { $event_type: 'click' } }))).toBe('Click')
  expect(nameOf(event('$autocapture', { properties: { $event_type: 'constructor' } }))).toBe('Something used')
  for (const name of ['cart opened', 'constructor', '__proto__', '$new']) expect(nameOf(event(name))).toBe(name)
})

test('a page is told by its path, and an address that is none is shown as it is', () => {
  expect(pathOf('https://shop.example/cart?step=2#pay')).toBe('/cart?step=2#pay')
  expect(pathOf('not an address')).toBe('not an address')
  expect(pathOf('javascript:alert(1)')).toBe('javascript:alert(1)')
  expect(pathOf(null)).toBe('')
})

test('the page’s own properties stand before the SDK’s', () => {
  const properties = { $os: 'Linux', items: 3, coupon: true, $browser: 'Chrome' }
  expect(propertiesOf({ properties })).toEqual([['coupon', 'true'], ['items', '3'], ['$browser', 'Chrome'], ['$os', 'Linux']])
})

test('every typed word must stand somewhere in an event', () => {
  const all = [event('$pageview'), event('cart opened', { properties: { coupon: 'SUMMER' } }), event('paid', { url: 'https://shop.example/done' })]
  const names = (typed: string) => matching(all, typed).map(({ event: name }) => name)
  expect(names(' ')).toHaveLength(3)
  expect(names('page VIEW')).toEqual(['$pageview'])
  expect(names('cart summer')).toEqual(['cart opened'])
  expect(names('summer done')).toEqual([])
})

test('the message stands behind what came before it', () => {
  const at = (...times: string[]) => times.map((time) => ({ at: `2026-11-29T${time}Z` }))
  expect(placeOfMessage(at('11:58:00', '12:00:00', '12:00:02'), MESSAGE)).toBe(2)
  expect(placeOfMessage(at('11:58:00'), MESSAGE)).toBe(1)
  expect(placeOfMessage(at('12:01:00'), MESSAGE)).toBe(0)
})

test('of a long list the lines around the message are shown, and never fewer than could be', () => {
  expect(rangeAround(50, 20, 100)).toEqual({ from: 0, to: 50 })
  expect(rangeAround(2_000, 1_000, 100)).toEqual({ from: 925, to: 1_025 })
  expect(rangeAround(2_000, 0, 100)).toEqual({ from: 0, to: 100 })
  expect(rangeAround(2_000, 2_000, 100)).toEqual({ from: 1_900, to: 2_000 })
  expect(rangeAround(0, 0, 100)).toEqual({ from: 0, to: 0 })
})

test('a recording has marks at page views and where an error came first and last', () => {
  const part = { state: 'ready' as const, expired_at: null, left_out: 0 }
  const events = { ...part, results: [event('cart opened'), event('$pageview', { at: '2026-11-29T11:58:00Z' })] }
  const errors = { ...part, results: [error({ count: 2, first_at: '2026-11-29T11:57:00Z', last_at: '2026-11-29T11:59:30Z' }), error({ message: '' })] }
  expect(marksOf({ events, errors }).map(({ at, kind, label }) => [at.slice(11, 19), kind, label])).toEqual([
    ['11:57:00', 'error', 'TypeError: no total'], ['11:58:00', 'page', '/cart'], ['11:59:30', 'error', 'TypeError: no total'], ['12:00:00', 'error', 'TypeError'],
  ])
})

test('libraries are folded where they follow each other, and the crash site never is', () => {
  const frames = [frame('deep', false), frame('lib1', false), frame('lib2', false), frame('pay', true), frame('lib3', false)]
  const shape = runsOf(frames).map((run) => (run.is === 'open' ? `${run.frame.function}${run.isCrashSite ? '!' : ''}` : run.frames.map((each) => each.function)))
  expect(shape).toEqual(['deep!', ['lib1', 'lib2'], 'pay', ['lib3']])
  expect(runsOf([])).toEqual([])
})

test('a place names the script’s host only where it is not the page’s', () => {
  expect(placeOf(frame('f', true), PAGE)).toBe('/app.js:12:5')
  expect(placeOf(frame('f', true, { file: 'https://cdn.example/lib.js', column: null }), PAGE)).toBe('https://cdn.example/lib.js:12')
  expect(placeOf(frame('f', true, { file: '<anonymous>', line: null, column: null }), PAGE)).toBe('<anonymous>')
  expect(placeOf(frame('f', true), null)).toBe('https://shop.example/app.js:12:5')
  expect(placeOf(frame('f', true, { file: null }), PAGE)).toBeNull()
})

test('an error as Markdown has its facts, its causes and the stack with the crash site first', () => {
  expect(markdownOf(error({ count: 3, first_at: '2026-11-29T11:00:00Z' }), { ticket: 'http://desk/inbox/1/t/7' })).toBe(`### \` TypeError: no total \`

- Count: 3
- First: \` 2026-11-29T11:00:00Z \`
- Last: \` ${MESSAGE} \`
- Handled: no
- Page: \` ${PAGE} \`
- Ticket: http://desk/inbox/1/t/7

\`\`\`text
TypeError: no total
    at pay (https://shop.example/app.js:12:5)
    at run (https://shop.example/app.js:12:5)
Caused by: Error: the cart is empty
\`\`\`

_From the visitor’s browser, not verified_
`)
})

/** What stands outside of code in Markdown, by CommonMark’s rules of fences and code spans. */
function outsideCode(markdown: string): string {
  let fence: string | null = null
  const lines = markdown.split('\n').filter((line) => {
    const mark = /^ {0,3}(`{3,})([^`]*)$/.exec(line)
    if (fence === null && mark) return (fence = mark[1]!) === ''
    if (fence === null) return true
    if (mark && mark[1]!.length >= fence.length && mark[2]!.trim() === '') fence = null
    return false
  })
  return lines.join('\n').replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')
}

test('nothing of the visitor’s gets out of the code, ends it, or hides in it', () => {
  const hostile = [
    '``` \n# owned @team #1 [x](javascript:alert(1))', '`', '``', '`````', '\n```\n![](//evil.example/x.png)\n', '</details><img src=x>', 'a\r\n\r\n@everyone', '  ', '\u2028```\u2028@everyone', '~~~\n@everyone',
  ]
  for (const text of hostile) {
    const frames = [frame(text, true, { file: text })]
    const markdown = markdownOf(error({ type: text, message: text, url: text, causes: [{ type: text, message: text, is_handled: null, frames }] }), { ticket: 'T' })
    const outside = outsideCode(markdown)
    expect(outside.replace(/\s+/g, ' ').trim(), JSON.stringify(text)).toBe('### - Count: 1 - Last: - Handled: no - Page: - Ticket: T _From the visitor’s browser, not verified_')
  }
  const turned = markdownOf(error({ message: 'a\u202Etxt.exe\u0000\u200b' }), { ticket: 'T' })
  expect(turned).toContain('a\\u202etxt.exe\\u0000\\u200b')
  expect(turned).not.toMatch(/[\u202e\u0000\u200b]/)
})

test('what a frame is called can’t begin a line of its own', () => {
  const causes = [{ type: 'E', message: 'm', is_handled: null, frames: [frame('f\n    at g', true, { file: null, line: null, column: null })] }]
  expect(stackText({ causes })).toBe('E: m\n    at f at g')
})

test('one may choose the session of the opening, then those of later messages', () => {
  const session = (id: string, minute: number, has_recording = false): NamedSession => ({ id, named_at: `2026-11-29T12:0${minute}:00Z`, message_id: null, has_recording })
  const opened = { created_at: MESSAGE }
  const choices = choicesOf(opened, 'a', [session('c', 9), session('b', 5, true), session('a', 0, true)])
  expect(choices.map(({ id, isOpening, hasRecording }) => [id, isOpening, hasRecording])).toEqual([['a', true, true], ['b', false, true], ['c', false, false]])
  expect(choices.map((choice) => labelOf(choice, () => '12:00'))).toEqual(['Ticket opened, 12:00, recorded', 'Message, 12:00, recorded', 'Message, 12:00'])
  expect(choicesOf(opened, null, [session('b', 5)]).map(({ id }) => id)).toEqual([null, 'b'])
  expect(choicesOf(opened, 'old', []).map(({ id }) => id)).toEqual(['old'])
})
