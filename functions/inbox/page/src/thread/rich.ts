// Rich text as the page shows it. What comes from the desk may hold anything: only the nodes, marks and addresses that the
// chat shows to customers are taken over, one by one.
import { safeAddress } from './links.ts'

/** `mention` is the page's own and never comes in a document. */
export type Mark = 'bold' | 'italic' | 'underline' | 'strike' | 'code' | 'mention'
export type Inline =
  | { is: 'text'; text: string; marks: Mark[]; address: string | null }
  | { is: 'break' }
  | { is: 'picture'; address: string; text: string }
export type Block =
  | { is: 'paragraph'; children: Inline[] }
  | { is: 'heading'; level: number; children: Inline[] }
  | { is: 'code'; text: string }
  | { is: 'quote'; children: Block[] }
  | { is: 'list'; isOrdered: boolean; start: number; items: Block[][] }
  | { is: 'rule' }

const DEEPEST = 20
const MOST_NODES = 20_000
const MARKS: readonly string[] = ['bold', 'italic', 'underline', 'strike', 'code'] satisfies Mark[]

type Raw = Record<string, unknown>

/** The document's blocks; null if there is nothing to show, so that the plain text is shown instead. */
export function readDocument(document: unknown): Block[] | null {
  const root = raw(document)
  if (root?.['type'] !== 'doc') return null
  const reader = new Reader()
  const blocks = reader.blocks(root, 0)
  return !reader.isTooMuch && blocks.some(hasContent) ? blocks : null
}

class Reader {
  #nodes = 0

  get isTooMuch(): boolean {
    return this.#nodes > MOST_NODES
  }

  blocks(parent: Raw, depth: number): Block[] {
    const found: Block[] = []
    let loose: Inline[] = []
    const close = () => {
      if (loose.length > 0) found.push({ is: 'paragraph', children: loose })
      loose = []
    }
    for (const node of this.#children(parent, depth)) {
      const inline = this.#inline(node)
      if (inline) {
        loose.push(inline)
        continue
      }
      close()
      found.push(...this.#block(node, depth + 1))
    }
    close()
    return found
  }

  #block(node: Raw, depth: number): Block[] {
    const attrs = raw(node['attrs'])
    switch (node['type']) {
      case 'paragraph':
        return [{ is: 'paragraph', children: this.#inlines(node, depth) }]
      case 'heading':
        return [{ is: 'heading', level: whole(attrs?.['level'], 1, 6), children: this.#inlines(node, depth) }]
      case 'codeBlock':
        return [{ is: 'code', text: this.#inlines(node, depth).map(textOf).join('') }]
      case 'blockquote':
        return [{ is: 'quote', children: this.blocks(node, depth) }]
      case 'bulletList':
      case 'orderedList': {
        const items = this.#children(node, depth).map((item) => this.blocks(item, depth + 1))
        return [{ is: 'list', isOrdered: node['type'] === 'orderedList', start: whole(attrs?.['start'], 1, 1_000_000), items }]
      }
      case 'horizontalRule':
        return [{ is: 'rule' }]
      default:
        // Of an unknown node what is in it counts.
        return this.blocks(node, depth)
    }
  }

  #inlines(parent: Raw, depth: number): Inline[] {
    return this.#children(parent, depth).flatMap((node) => this.#inline(node) ?? this.#inlines(node, depth + 1))
  }

  #inline(node: Raw): Inline | null {
    const { type, text } = node
    if (type === 'hardBreak') return { is: 'break' }
    if (type === 'text') return typeof text === 'string' && text !== '' ? marked(text, node['marks']) : null
    if (type !== 'image') return null
    const attrs = raw(node['attrs'])
    const address = safeAddress(attrs?.['src'])
    return address === null ? null : { is: 'picture', address, text: typeof attrs?.['alt'] === 'string' ? attrs['alt'] : '' }
  }

  #children(parent: Raw, depth: number): Raw[] {
    const content = parent['content']
    if (!Array.isArray(content) || depth > DEEPEST || this.isTooMuch) return []
    this.#nodes += content.length
    return content.map(raw).filter((node) => node !== null)
  }
}

function marked(text: string, given: unknown): Inline {
  const marks: Mark[] = []
  let address: string | null = null
  for (const mark of Array.isArray(given) ? given.map(raw) : []) {
    const type = mark?.['type']
    if (type === 'link') address ??= safeAddress(raw(mark?.['attrs'])?.['href'])
    else if (typeof type === 'string' && MARKS.includes(type) && !marks.includes(type as Mark)) marks.push(type as Mark)
  }
  return { is: 'text', text, marks, address }
}

const textOf = (inline: Inline): string => (inline.is === 'text' ? inline.text : inline.is === 'break' ? '\n' : '')

function hasContent(block: Block): boolean {
  switch (block.is) {
    case 'rule':
      return true
    case 'code':
      return block.text !== ''
    case 'quote':
      return block.children.some(hasContent)
    case 'list':
      return block.items.some((item) => item.some(hasContent))
    default:
      return block.children.some(({ is }) => is !== 'break')
  }
}

const raw = (value: unknown): Raw | null => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : null)

const whole = (value: unknown, least: number, most: number): number =>
  typeof value === 'number' && Number.isInteger(value) ? Math.min(most, Math.max(least, value)) : least
