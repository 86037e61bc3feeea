// Finding commands by what was typed. Pure.
import type { CommandId } from '../keyboard/commands.ts'

export type Group = 'recent' | 'ticket' | 'go' | 'views' | 'people' | 'status' | 'tags' | 'quickActions' | 'more'

export type Entry = {
  id: string
  group: Group
  label: string
  detail?: string
  /** More words by which it is found. */
  keywords?: readonly string[]
  /** The command whose keys it shows. */
  command?: CommandId
  run: () => void
}

/** Letters without accents and in one case, so that `inés`, `ines` and `INES` are one. */
export const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

const WHOLE = 8
const WORD = 4
const INSIDE = 2
const LETTERS = 1
const RECENT = 2

/** What fits all words that were typed, the best first; what was chosen lately wins among equals. */
export function ranked(entries: readonly Entry[], typed: string, recent: readonly string[]): Entry[] {
  const words = fold(typed).split(/\s+/).filter(Boolean)
  const scored = entries.flatMap((entry) => {
    const score = scoreOf(entry, words)
    return score === 0 ? [] : [{ entry, score: score + (recent.includes(entry.id) ? RECENT : 0) }]
  })
  return scored.toSorted((a, b) => b.score - a.score).map(({ entry }) => entry)
}

/** Zero if a word is nowhere. */
function scoreOf({ label, keywords = [] }: Entry, words: readonly string[]): number {
  const name = fold(label)
  const others = keywords.map(fold)
  let sum = 0
  for (const word of words) {
    const score = wordScore(name, others, word)
    if (score === 0) return 0
    sum += score
  }
  return sum
}

function wordScore(name: string, others: readonly string[], word: string): number {
  if (name.startsWith(word)) return WHOLE
  if (name.split(/[\s,:“”]+/).some((part) => part.startsWith(word))) return WORD
  if (others.some((other) => other.startsWith(word))) return WORD
  if (name.includes(word) || others.some((other) => other.includes(word))) return INSIDE
  return word.length > 1 && hasInTurn(name, word) ? LETTERS : 0
}

function hasInTurn(text: string, letters: string): boolean {
  let at = -1
  return [...letters].every((letter) => (at = text.indexOf(letter, at + 1)) >= 0)
}

const RECENT_KEPT = 8

/** The recent choices with one more, the newest first. */
export const remembered = (recent: readonly string[], id: string): string[] => [id, ...recent.filter((other) => other !== id)].slice(0, RECENT_KEPT)
