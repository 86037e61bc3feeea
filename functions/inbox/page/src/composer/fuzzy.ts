// Finding by some letters in their order: the beginnings of words count most, letters side by side count more.

const SIDE_BY_SIDE = 4
const BEGINNING = 6
const FIRST = 8

/** How well `text` fits; null if a letter is missing. */
export function score(query: string, text: string): number | null {
  const wanted = bare(query).replace(/\s+/g, '')
  const given = bare(text)
  let total = 0
  let last = -2
  let at = 0
  for (const letter of wanted) {
    // A letter that begins a word is the better one, if the rest is still found behind it.
    const found = given.indexOf(letter, at)
    if (found < 0) return null
    const begins = beginning(given, letter, at)
    const best = found !== last + 1 && begins >= 0 ? begins : found
    total += 1 + (best === last + 1 ? SIDE_BY_SIDE : 0) + (isBeginning(given, best) ? BEGINNING : 0) + (best === 0 ? FIRST : 0)
    last = best
    at = best + 1
  }
  return total - given.length / 100
}

/** The best ones first. Each has several texts, the first of which weighs most. */
export function find<T>(query: string, all: readonly T[], texts: (one: T) => readonly string[]): T[] {
  if (query.trim() === '') return [...all]
  const scored = all.map((one) => ({ one, points: best(query, texts(one)) })).filter(({ points }) => points !== null)
  return scored.sort((a, b) => (b.points ?? 0) - (a.points ?? 0)).map(({ one }) => one)
}

function best(query: string, texts: readonly string[]): number | null {
  const points = texts.map((text, at) => {
    const own = text.length > 200 ? within(query, text) : score(query, text)
    return own === null ? null : own / (at + 1)
  })
  return points.reduce((most, one) => (one !== null && (most === null || one > most) ? one : most), null)
}

/** Scattered letters are found in any long text, so there the words themselves count. */
const within = (query: string, text: string): number | null => (bare(text).includes(bare(query).trim()) ? 1 : null)

const bare = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
const isBeginning = (text: string, at: number) => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '')

function beginning(text: string, letter: string, from: number): number {
  for (let at = text.indexOf(letter, from); at >= 0; at = text.indexOf(letter, at + 1)) if (isBeginning(text, at)) return at
  return -1
}
