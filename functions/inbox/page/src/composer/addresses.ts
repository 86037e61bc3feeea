// Addresses as people type them. Pure: which of them exist, the desk finds out.

export const MOST_COPIES = 20

/** What a field has in which addresses are typed. */
export const ADDRESS_FIELD = { type: 'text', inputmode: 'email', autocomplete: 'off', autocapitalize: 'off', spellcheck: false, dir: 'ltr' } as const

const ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/
const BETWEEN = /[\s,;]+/

/** What is typed or pasted, each address once: `Ann <ann@example.com>, bob@example.com` are two. What is none is left to be typed on. */
export function addressesIn(typed: string): { found: string[]; left: string } {
  const words = typed.replace(/"[^"]*"/g, ' ').split(BETWEEN).filter((word) => word !== '')
  const bracketed = words.filter((word) => /^<.+>$/.test(word))
  // Where addresses stand in brackets, the other words are names.
  const given = bracketed.length > 0 ? words.filter((word) => word.includes('@')).map((word) => word.replace(/^<|>$/g, '')) : words
  const found = [...new Set(given.filter((word) => ADDRESS.test(word)).map((word) => word.toLowerCase()))]
  return { found, left: given.filter((word) => !ADDRESS.test(word)).join(' ') }
}
