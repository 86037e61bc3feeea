// Which addresses a link may have, and what it shows of them.

const SCHEMES = ['http:', 'https:', 'mailto:', 'tel:']
// Browsers drop these from an address before they read its scheme.
const IGNORED = /[\u0000-\u0020\u007f-\u00a0]/g
const RELATIVE = /^(\/(?!\/)|\.\.?\/|#)/

/** The address if a link may lead there. */
export function safeAddress(given: unknown): string | null {
  if (typeof given !== 'string') return null
  const address = given.replace(IGNORED, '')
  // A backslash counts as a slash in an address: `/\evil.example` leads to another host.
  if (RELATIVE.test(address)) return address.includes('\\') ? null : address
  try {
    return SCHEMES.includes(new URL(address).protocol) ? address : null
  } catch {
    return null
  }
}

/** The host of an address on the web. */
export function hostOf(address: string): string | null {
  try {
    const { protocol, host } = new URL(address)
    return protocol === 'http:' || protocol === 'https:' ? host : null
  } catch {
    return null
  }
}

/** The host to show beside a link, where the link's text does not say it. */
export function hostToShow(address: string, text: string): string | null {
  const host = hostOf(address)
  if (host === null) return null
  const said = text.trim().toLowerCase().replace(/^https?:\/\//, '')
  const saysIt = said === host || ['/', '?', '#'].some((next) => said.startsWith(host + next))
  return saysIt ? null : host
}

export type Piece = { text: string; address: string | null }

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi
const AFTER = /[.,;:!?…]+$/

/** Plain text with the web addresses in it. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const match of text.matchAll(ADDRESS)) {
    const written = trimAddress(match[0])
    const address = safeAddress(written)
    if (address === null || hostOf(address) === null) continue
    if (match.index > from) found.push({ text: text.slice(from, match.index), address: null })
    found.push({ text: written, address })
    from = match.index + written.length
  }
  if (from < text.length) found.push({ text: text.slice(from), address: null })
  return found
}

/** Without what closes the sentence or the bracket around an address. */
function trimAddress(written: string): string {
  const bare = written.replace(AFTER, '')
  if (!bare.endsWith(')') || bare.split('(').length >= bare.split(')').length) return bare
  return trimAddress(bare.slice(0, -1))
}
