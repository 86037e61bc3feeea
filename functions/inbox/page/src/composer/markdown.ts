// The Markdown that agents write, as the document that the chat shows. What is no Markdown stays as it was typed.
import { pieces, safeAddress } from '../thread/links.ts'

type Mark = { type: 'bold' | 'italic' | 'strike' | 'code' } | { type: 'link'; attrs: { href: string } }
export type Node = {
  type: string
  attrs?: Record<string, unknown>
  text?: string
  marks?: Mark[]
  content?: Node[]
}

/** The text as a document; null if it has no formatting, since plain text says it all. */
export function richContent(text: string): Node | null {
  const document = toDocument(text)
  return document.content?.some(isFormatted) ? document : null
}

export function toDocument(text: string): Node {
  return { type: 'doc', content: blocks(text.replace(/\r\n?/g, '\n').split('\n'), 0) }
}

function isFormatted(node: Node): boolean {
  if (node.type === 'text') return (node.marks?.length ?? 0) > 0
  if (node.type !== 'paragraph' && node.type !== 'hardBreak') return true
  return node.content?.some(isFormatted) ?? false
}

const FENCE = /^ {0,3}(`{3,})[^`]*$/
const QUOTE = /^ {0,3}> ?/
const ITEM = /^( {0,3})([-*+]|\d{1,6}[.)])( +|$)/
const HEADING = /^ {0,3}(#{1,3}) +(.+?)(?: +#+)?$/
// A reply has no use for lists in lists in lists.
const DEEPEST = 6
const LONGEST_ITEM = 500

function blocks(lines: string[], depth: number): Node[] {
  const found: Node[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const [node, taken] = line.trim() === '' ? [null, 1] : (depth < DEEPEST && special(lines, at, depth)) || paragraph(lines, at, depth)
    if (node) found.push(node)
    at += taken
  }
  return found
}

/** A block, and how many lines it takes from the one where it begins. */
type Taken = [Node, number]

function special(lines: string[], from: number, depth: number): Taken | null {
  const line = lines[from] ?? ''
  const fence = FENCE.exec(line)?.[1]
  if (fence) return codeBlock(lines, from, fence)
  if (QUOTE.test(line)) return quote(lines, from, depth)
  const item = ITEM.exec(line)
  if (item) return list(lines, from, /\d/.test(item[2] ?? ''), depth)
  const heading = HEADING.exec(line)
  return heading ? [{ type: 'heading', attrs: { level: heading[1]!.length }, content: inline(heading[2] ?? '') }, 1] : null
}

/** A fence that is never closed reaches to the end. So a text has at most one such fence, and looking for it is cheap. */
function codeBlock(lines: string[], from: number, fence: string): Taken {
  const first = from + 1
  const length = count(lines, first, (line) => !(line.trim().startsWith(fence) && line.trim().replaceAll('`', '') === ''))
  const inside = lines.slice(first, first + length)
  const isClosed = first + length < lines.length
  const text = inside.join('\n')
  return [{ type: 'codeBlock', ...(text !== '' && { content: [{ type: 'text', text }] }) }, length + (isClosed ? 2 : 1)]
}

function quote(lines: string[], from: number, depth: number): Taken {
  const taken = count(lines, from, (line) => QUOTE.test(line))
  const inside = lines.slice(from, from + taken).map((line) => line.replace(QUOTE, ''))
  return [{ type: 'blockquote', content: filled(blocks(inside, depth + 1)) }, taken]
}

function list(lines: string[], from: number, isOrdered: boolean, depth: number): Taken {
  const items: Node[] = []
  const start = Number.parseInt(ITEM.exec(lines[from] ?? '')?.[2] ?? '1', 10)
  let at = from
  while (at < lines.length) {
    const mark = ITEM.exec(lines[at] ?? '')
    if (!mark || /\d/.test(mark[2] ?? '') !== isOrdered) break
    const [item, taken] = listItem(lines.slice(at, at + LONGEST_ITEM), mark[0].length, depth)
    items.push(item)
    at += taken
  }
  const attrs = isOrdered ? { attrs: { start } } : {}
  return [{ type: isOrdered ? 'orderedList' : 'bulletList', ...attrs, content: items }, at - from]
}

/** An item with what is indented below it. An empty line between two items belongs to neither. */
function listItem(lines: string[], indent: number, depth: number): Taken {
  const inside = [(lines[0] ?? '').slice(indent)]
  let at = 1
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const next = lines[at + 1] ?? ''
    if (line.trim() === '' && (ITEM.test(next) || /^ {2,}\S/.test(next))) inside.push('')
    else if (/^ {2,}\S/.test(line)) inside.push(line.replace(new RegExp(`^ {1,${Math.max(2, indent)}}`), ''))
    else break
    at += 1
  }
  return [{ type: 'listItem', content: filled(blocks(inside, depth + 1)) }, at]
}

function paragraph(lines: string[], from: number, depth: number): Taken {
  const begins = (line: string) => depth < DEEPEST && [FENCE, QUOTE, ITEM, HEADING].some((form) => form.test(line))
  const taken = 1 + count(lines, from + 1, (line) => line.trim() !== '' && !begins(line))
  return [{ type: 'paragraph', content: inline(lines.slice(from, from + taken).join('\n')) }, taken]
}

const filled = (content: Node[]): Node[] => (content.length > 0 ? content : [{ type: 'paragraph' }])

/** How many lines hold, from this one on. */
function count(lines: string[], from: number, holds: (line: string) => boolean): number {
  let at = from
  while (at < lines.length && holds(lines[at] ?? '')) at += 1
  return at - from
}

const MARKS: readonly { sign: RegExp; type: 'bold' | 'italic' | 'strike' }[] = [
  { sign: /^\*\*(?=\S)([\s\S]*?\S)\*\*(?!\*)/, type: 'bold' },
  { sign: /^__(?=\S)([\s\S]*?\S)__(?!\w)/, type: 'bold' },
  { sign: /^~~(?=\S)([\s\S]*?\S)~~/, type: 'strike' },
  { sign: /^\*(?=[^\s*])([\s\S]*?[^\s*])\*(?!\*)/, type: 'italic' },
  { sign: /^_(?=[^\s_])([\s\S]*?[^\s_])_(?!\w)/, type: 'italic' },
]
const CODE = /^(`+)(?!`)([\s\S]*?[^`])\1(?!`)/
const LINK = /^\[((?:[^[\]\n]|\\.)+)\]\(([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\)/
const ESCAPED = /^\\([\\`*_~[\](){}#+\-.!>])/
const SIGNS = '\\`*_~['
// A sign's fellow is looked for this far, so that a long text of signs is read as fast as any other.
const FARTHEST = 1_000

/** Text with its marks, read from the left; a sign without its fellow is a letter. */
export function inline(text: string, marks: Mark[] = []): Node[] {
  const found: Node[] = []
  let plain = ''
  const close = () => {
    found.push(...words(plain, marks))
    plain = ''
  }
  for (let at = 0; at < text.length; ) {
    const [nodes, taken] = (SIGNS.includes(text[at]!) && sign(text, at, marks)) || [text[at]!, 1]
    if (typeof nodes === 'string') plain += nodes
    else {
      close()
      found.push(...nodes)
    }
    at += taken
  }
  close()
  return found
}

function sign(text: string, at: number, marks: Mark[]): [string | Node[], number] | null {
  const rest = text.slice(at, at + FARTHEST)
  const escaped = ESCAPED.exec(rest)
  if (escaped) return [escaped[1]!, 2]
  const code = CODE.exec(rest)
  if (code) return [[{ type: 'text', text: code[2]!.replace(/^ (.+) $/, '$1'), marks: [...marks, { type: 'code' }] }], code[0].length]
  const link = LINK.exec(rest)
  const href = link && safeAddress(link[2])
  if (link && href) return [inline(link[1]!, [...marks.filter(({ type }) => type !== 'link'), { type: 'link', attrs: { href } }]), link[0].length]
  // `snake_case_names` are no italics.
  if (rest[0] === '_' && /\w/.test(text[at - 1] ?? '')) return null
  for (const { sign: form, type } of MARKS) {
    const match = form.exec(rest)
    if (match && !marks.some((mark) => mark.type === type)) return [inline(match[1]!, [...marks, { type }]), match[0].length]
  }
  return null
}

/** Plain words: line ends are breaks, addresses are links. */
function words(text: string, marks: Mark[]): Node[] {
  const isLink = marks.some(({ type }) => type === 'link')
  return text.split('\n').flatMap((line, at) => {
    const parts = isLink ? [{ text: line, address: null }] : pieces(line)
    const nodes = parts.filter((part) => part.text !== '').map((part): Node => {
      const all: Mark[] = part.address === null ? marks : [...marks, { type: 'link', attrs: { href: part.address } }]
      return { type: 'text', text: part.text, ...(all.length > 0 && { marks: all }) }
    })
    return at === 0 ? nodes : [{ type: 'hardBreak' }, ...nodes]
  })
}
