/** Those whose text has every word that was typed, whatever the case or the accents. */
export function found<T>(all: readonly T[], typed: string, textOf: (one: T) => string): T[] {
  const words = folded(typed).split(/\s+/).filter(Boolean)
  return all.filter((one) => {
    const text = folded(textOf(one))
    return words.every((word) => text.includes(word))
  })
}

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()
