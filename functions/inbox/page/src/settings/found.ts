import { fold } from '../palette/rank.ts'

/** Those whose text has every word that was typed, whatever the case or the accents. */
export function found<T>(all: readonly T[], typed: string, textOf: (one: T) => string): T[] {
  const words = fold(typed).split(/\s+/).filter(Boolean)
  return all.filter((one) => {
    const text = fold(textOf(one))
    return words.every((word) => text.includes(word))
  })
}
