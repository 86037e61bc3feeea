// Plain text as it is read: fences and backticks are code, addresses are links, and all else stands as it was typed. Pure.
import { pieces } from './links.ts'
import type { Block, Inline } from './rich.ts'

const FENCE = /^ {0,3}(`{3,})[^`]*$/
const CODE = /(?<!`)(`{1,3})(?!`)([^\n]*?[^`\n])\1(?!`)/g

/** A fence that is never closed is no fence. */
export function asTyped(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const blocks: Block[] = []
  let words: string[] = []
  const close = () => {
    // Blocks stand apart by themselves, so blank lines at their ends say nothing.
    const isSaid = (line: string) => line.trim() !== ''
    const said = words.slice(Math.max(0, words.findIndex(isSaid)), words.findLastIndex(isSaid) + 1)
    if (said.length > 0) blocks.push({ is: 'paragraph', children: inlines(said.join('\n')) })
    words = []
  }
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const fence = FENCE.exec(line)?.[1]
    const end = fence === undefined ? -1 : closing(lines, at + 1, fence)
    if (end < 0) {
      words.push(line)
      continue
    }
    close()
    blocks.push({ is: 'code', text: lines.slice(at + 1, end).join('\n') })
    at = end
  }
  close()
  return blocks
}

function closing(lines: readonly string[], from: number, fence: string): number {
  const closes = (line: string) => line.trim().startsWith(fence) && /^`+$/.test(line.trim())
  for (let at = from; at < lines.length; at++) if (closes(lines[at] ?? '')) return at
  return -1
}

function inlines(text: string): Inline[] {
  const found: Inline[] = []
  let from = 0
  for (const { 0: written, 2: code, index } of text.matchAll(CODE)) {
    found.push(...words(text.slice(from, index)), { is: 'text', text: code ?? '', marks: ['code'], address: null })
    from = index + written.length
  }
  return [...found, ...words(text.slice(from))]
}

const words = (text: string): Inline[] => pieces(text).map((piece) => ({ is: 'text', ...piece, marks: [] }))
