// How well a choice answers to what was typed, for a combobox's `filter`: 0 if it does not, 1 at best. Pure.
import { fold } from '../palette/rank.ts'

const WHOLE = 1
const BEGINNING = 0.9
const WORD = 0.7
const INSIDE = 0.5

/** Each word that was typed stands in the choice; a whole name is before a beginning, and that before what lies within. */
export function nearness(value: string, typed: string, words: string[] = []): number {
  const names = [...words, value].map(fold)
  const asked = fold(typed).split(/\s+/).filter(Boolean)
  return Math.min(WHOLE, ...asked.map((word) => Math.max(...names.map((name) => nearnessOf(name, word)))))
}

function nearnessOf(name: string, word: string): number {
  if (name === word) return WHOLE
  if (name.startsWith(word)) return BEGINNING
  if (name.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) return WORD
  return name.includes(word) ? INSIDE : 0
}
