// Styles of a recording. What they fetch is left out, because whoever is fetched from learns that an agent looks.

/** What is counted while a part is read. */
export type Told = { leftOut: number; pictures: number }

const IMPORT = /@import[^;]*(;|$)/gi
/** `url(…)` and the older `src(…)`, with or without quotes. */
const ADDRESS = /\b(?:url|src)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)]*)\s*\)/gi
/** `image-set("…")` names pictures without `url`. */
const SET = /(?:-webkit-)?image-set\((?:[^()]|\([^()]*\))*\)/gi
/** A name that an escape may hide, such as `\75rl(…)`. */
const ESCAPED_NAME = /\\[0-9a-f]{1,6}\s?/gi
/** `\u` is `u`: only digits and the letters up to f begin a number. */
const ESCAPED_LETTER = /\\([g-z])/gi
const QUIET = /^(?:data:(?:image|font)\/|#)/i

/** The styles without what they would fetch; with `pictures`, those of https stay. */
export function cleanCss(css: string, pictures: boolean, told: Told): string {
  const leaveOut = () => {
    told.pictures += 1
    return 'none'
  }
  return plain(css)
    .replace(IMPORT, () => {
      told.pictures += 1
      return ''
    })
    .replace(SET, (set) => (/["']/.test(set) && !pictures ? leaveOut() : set))
    .replace(ADDRESS, (whole, quoted: string) => {
      const address = quoted.replace(/^["']|["']$/g, '').trim()
      if (address === '' || QUIET.test(address)) return whole
      return pictures && /^https:\/\//i.test(address) ? whole : leaveOut()
    })
}

/** Escapes of letters are read, so that no name is hidden by them. Others, as in the content of icons, stay. */
function plain(css: string): string {
  const read = css.replace(ESCAPED_NAME, (escape) => {
    const code = Number.parseInt(escape.slice(1), 16)
    const letter = code < 0x80 ? String.fromCharCode(code) : ''
    return /[a-z@(]/i.test(letter) ? letter : escape
  })
  return read.replace(ESCAPED_LETTER, '$1')
}
