// `@name` in a note: where one is being typed, and where one stands. Pure.
import type { Block, Inline } from '../thread/rich.ts'

export type Typed = { from: number; query: string }

const TYPED = /(^|[\s([{“"'])@([\p{L}\p{M}\p{N}._-]*)$/u
/** No name is looked for further back than this. */
const FARTHEST = 60

/** The name that is being typed before the caret; null if none is. */
export function typedAt(text: string, caret: number): Typed | null {
  const match = TYPED.exec(text.slice(Math.max(0, caret - FARTHEST), caret))
  return match ? { from: caret - match[2]!.length - 1, query: match[2]! } : null
}

/** The same text with the mentions of these names marked. Code and links stay as they are. */
export function withMentions(blocks: readonly Block[], names: readonly string[]): Block[] {
  const form = formOf(names)
  return form ? blocks.map((block) => inBlock(block, form)) : [...blocks]
}

function formOf(names: readonly string[]): RegExp | null {
  const known = names.filter((name) => name !== '').sort((a, b) => b.length - a.length)
  if (known.length === 0) return null
  const any = known.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return new RegExp(`(?<![\\p{L}\\p{N}])@(?:${any})(?![\\p{L}\\p{M}\\p{N}])`, 'giu')
}

function inBlock(block: Block, form: RegExp): Block {
  switch (block.is) {
    case 'paragraph':
    case 'heading':
      return { ...block, children: block.children.flatMap((inline) => inInline(inline, form)) }
    case 'quote':
      return { ...block, children: block.children.map((child) => inBlock(child, form)) }
    case 'list':
      return { ...block, items: block.items.map((item) => item.map((child) => inBlock(child, form))) }
    default:
      return block
  }
}

function inInline(inline: Inline, form: RegExp): Inline[] {
  if (inline.is !== 'text' || inline.address !== null || inline.marks.includes('code')) return [inline]
  const found: Inline[] = []
  let from = 0
  for (const { 0: written, index } of inline.text.matchAll(form)) {
    if (index > from) found.push({ ...inline, text: inline.text.slice(from, index) })
    found.push({ ...inline, text: written, marks: [...inline.marks, 'mention'] })
    from = index + written.length
  }
  if (from < inline.text.length) found.push({ ...inline, text: inline.text.slice(from) })
  return found
}
