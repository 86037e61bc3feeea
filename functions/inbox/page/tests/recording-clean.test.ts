import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { cleanCss } from '../player/css.ts'
import { Reader, type Event } from '../player/events.ts'
import { readPart } from '../player/parts.ts'

const counted = () => ({ leftOut: 0, pictures: 0 })
const element = (id: number, tagName: string, attributes = {}, childNodes: unknown[] = []) => ({ type: 2, id, tagName, attributes, childNodes })
const page = (...body: unknown[]) => ({
  type: 2,
  timestamp: 1_000,
  data: { node: { type: 0, id: 1, childNodes: [element(2, 'html', {}, [element(3, 'body', {}, body)])] }, initialOffset: { left: 0, top: 0 } },
})
const mutation = (data: object) => ({ type: 3, timestamp: 2_000, data: { source: 0, texts: [], attributes: [], removes: [], adds: [], ...data } })

/** The elements of a page below its body, as they are played. */
function bodyOf(event: Event | null) {
  const node = event?.data['node'] as { childNodes: { childNodes: { childNodes: Record<string, unknown>[] }[] }[] }
  return node.childNodes[0]?.childNodes[0]?.childNodes ?? []
}

const bytesOf = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer
const zipped = (value: unknown) => gzipSync(JSON.stringify(value)).toString('latin1')

test('what could run, load or lead elsewhere is emptied', () => {
  const bad = [
    element(10, 'script', { src: 'https://evil.example/x.js' }, [{ type: 3, id: 11, textContent: 'alert(1)' }]),
    element(12, 'SCRIPT', {}),
    element(13, 'meta', { 'http-equiv': 'refresh', content: '0;url=https://evil.example' }),
    element(14, 'base', { href: 'https://evil.example' }),
    element(15, 'link', { rel: 'dns-prefetch', href: 'https://evil.example' }),
    element(16, 'object', { data: 'https://evil.example' }),
    element(17, 'img onerror=x', {}),
  ]
  for (const node of bodyOf(new Reader(false, counted()).read(page(...bad)))) {
    expect(node).toMatchObject({ tagName: 'meta', attributes: {}, childNodes: [] })
  }
})

test('of attributes, what runs or fetches is left out and pictures are counted', () => {
  const told = counted()
  const nodes = bodyOf(
    new Reader(false, told).read(
      page(
        element(10, 'img', { src: 'https://evil.example/x.png', srcset: 'https://evil.example/y.png 2x', onerror: 'alert(1)', alt: 'A' }),
        element(11, 'a', { href: 'javascript:alert(1)', ping: 'https://evil.example', target: '_blank' }),
        element(12, 'iframe', { src: 'https://evil.example', srcdoc: '<script>alert(1)</script>', title: 'B' }),
        element(13, 'form', { action: 'https://evil.example' }),
        element(14, 'div', { style: 'color: red; background: url(https://evil.example/z.png)', ONCLICK: 'x' }),
        element(15, 'img', { src: 'data:image/png;base64,AA==' }),
      ),
    ),
  )
  expect(nodes.map(({ attributes }) => attributes)).toEqual([
    { alt: 'A' },
    { href: '#' },
    { title: 'B' },
    {},
    { style: 'color: red; background: none' },
    { src: 'data:image/png;base64,AA==' },
  ])
  expect(told.pictures).toBe(3)
})

test('pictures that the agent asked for stay, of https only', () => {
  const nodes = bodyOf(
    new Reader(true, counted()).read(
      page(element(10, 'img', { src: 'https://shop.example/a.png' }), element(11, 'img', { src: 'http://shop.example/a.png' }), element(12, 'script', { src: 'https://shop.example/a.js' })),
    ),
  )
  expect(nodes.map(({ attributes }) => attributes)).toEqual([{ src: 'https://shop.example/a.png' }, {}, {}])
})

test('later changes are held to the same, by what each element is', () => {
  const reader = new Reader(false, counted())
  reader.read(page(element(10, 'iframe'), element(11, 'style', {}, [{ type: 3, id: 12, textContent: 'p {}' }]), element(13, 'p', {}, [{ type: 3, id: 14, textContent: '' }])))
  const change = reader.read(
    mutation({
      attributes: [{ id: 10, attributes: { src: 'javascript:alert(1)', onload: 'x' } }, { id: 99, attributes: { src: 'https://evil.example', style: { color: ['red', 'important'] } } }],
      texts: [{ id: 12, value: '@import "https://evil.example/a.css"; p { color: red }' }, { id: 14, value: 'see url(https://shop.example)' }],
      adds: [{ parentId: 3, nextId: null, node: element(20, 'script', {}, []) }, { parentId: 'x', node: element(21, 'p') }],
    }),
  )
  expect(change?.data).toMatchObject({
    attributes: [{ id: 10, attributes: {} }, { id: 99, attributes: { style: { color: ['red', 'important'] } } }],
    texts: [{ id: 12, value: ' p { color: red }' }, { id: 14, value: 'see url(https://shop.example)' }],
    adds: [{ parentId: 3, nextId: null, node: { tagName: 'meta' } }],
  })
})

test('styles fetch nothing, however it is written', () => {
  const of = (css: string) => cleanCss(css, false, counted())
  expect(of('a { b: url("https://x.example/1.png") }')).toBe('a { b: none }')
  expect(of("a { b: URL( 'http://x.example/1.png' ) }")).toBe('a { b: none }')
  expect(of('a { b: \\75 rl(https://x.example) }')).toBe('a { b: none }')
  expect(of('a { b: u\\rl(https://x.example) }')).toBe('a { b: none }')
  expect(of('a { b: image-set("https://x.example/1.png" 1x) }')).toBe('a { b: none }')
  expect(of('@import url(https://x.example/a.css); a { c: d }')).toBe(' a { c: d }')
  expect(of('a { b: url(data:image/png;base64,AA==) } i::before { content: "\\e900" }')).toBe('a { b: url(data:image/png;base64,AA==) } i::before { content: "\\e900" }')
  expect(cleanCss('a { b: url(https://x.example/1.png) }', true, counted())).toBe('a { b: url(https://x.example/1.png) }')
})

test('compressed fields are unfolded, and what is broken, too large or of no shape is left out and counted', async () => {
  const told = counted()
  const { data, ...full } = page(element(10, 'p'))
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)).toString('latin1')
  const events = [
    { ...full, data: zipped(data), cv: '2024-10' },
    { ...full, data: zipped(data).slice(0, 40), cv: '2024-10' },
    { type: 3, timestamp: 'soon', data: { source: 1 } },
    { type: 6, timestamp: 1, data: { plugin: 'x' } },
    'event',
    { ...mutation({}), data: { source: 0, adds: zipped([{ parentId: 3, nextId: null, node: element(30, 'b') }]) }, cv: '2024-10' },
    // What unfolds too far takes what is behind it in its part along.
    { ...full, data: bomb, cv: '2024-10' },
  ]
  const played = await readPart(bytesOf(JSON.stringify(events)), new Reader(false, told))
  expect(played.map(({ type }) => type)).toEqual([2, 3])
  expect(played[1]?.data['adds']).toMatchObject([{ node: { tagName: 'b' } }])
  expect(told.leftOut).toBe(4)
  expect(await readPart(bytesOf('{"no": "list"}'), new Reader(false, told))).toEqual([])
  expect(await readPart(bytesOf('no json'), new Reader(false, told))).toEqual([])
  expect(told.leftOut).toBe(6)
})
