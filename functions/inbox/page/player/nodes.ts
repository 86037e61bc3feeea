// The elements of a recording, made anew from what is known to be harmless. Nothing can run in the frame's sandbox anyway, and
// its policy lets nothing be fetched; this keeps what would try out of it, and counts it.
import { cleanCss, type Told } from './css.ts'

export type Attributes = Record<string, string | number | boolean | null | Record<string, unknown>>
export type Node = {
  type: number
  id: number
  tagName?: string
  attributes?: Attributes
  childNodes?: Node[]
  textContent?: string
  [more: string]: unknown
}

const DOCUMENT = 0
const DOCTYPE = 1
const ELEMENT = 2
const TEXT = 3
const CDATA = 4
const COMMENT = 5
const MOST_DEEP = 1_024
const TAG = /^[a-z][a-z0-9._:-]{0,60}$/i
const NAME = /^[a-z_][a-z0-9._:-]{0,80}$/i
/** What runs, loads or leads elsewhere by its mere presence, and shows nothing. Its place in the tree stays. */
const EMPTIED = new Set(['script', 'noscript', 'object', 'embed', 'applet', 'base', 'meta', 'portal', 'fencedframe', 'frame', 'param', 'track'])
/** Attributes that have an address, and of which elements a picture. */
const ADDRESSES = new Set([
  'src', 'srcset', 'href', 'xlink:href', 'poster', 'data', 'background', 'action', 'formaction', 'cite', 'ping', 'longdesc', 'lowsrc',
  'dynsrc', 'codebase', 'classid', 'archive', 'manifest', 'profile', 'imagesrcset', 'usemap', 'icon', 'attributionsrc', 'from', 'to',
  'values', 'by',
])
const PICTURES = new Set(['img', 'image', 'feimage', 'source', 'video', 'input', 'picture'])
const NEVER = new Set(['srcdoc', 'http-equiv', 'target', 'autofocus', 'nonce', 'integrity', 'sandbox', 'allow', 'is', 'csp', 'autoplay', 'rr_mediastate'])
const FLAGS = ['isSVG', 'isShadowHost', 'isShadow', 'isStyle'] as const

/** Reads nodes, and remembers what each is, because later changes name only its id. */
export class Nodes {
  readonly #tags = new Map<number, string>()
  readonly #styles = new Set<number>()

  constructor(
    readonly pictures: boolean,
    readonly told: Told,
  ) {}

  /** Of a whole page or a part of one; null where it is of no known shape. */
  read(value: unknown, parent: string | null = null, depth = 0): Node | null {
    if (typeof value !== 'object' || value === null || depth > MOST_DEEP) return null
    const given = value as Record<string, unknown>
    const { type, id } = given
    if (typeof id !== 'number' || !Number.isInteger(id)) return null
    const root = typeof given['rootId'] === 'number' ? { rootId: given['rootId'] } : {}
    switch (type) {
      case DOCUMENT: {
        const compatMode = given['compatMode'] === 'BackCompat' ? { compatMode: 'BackCompat' } : {}
        const childNodes = this.#children(given, null, depth)
        // A page without elements is none.
        return childNodes.length > 0 ? { type, id, ...root, ...compatMode, childNodes } : null
      }
      case DOCTYPE:
        return { type, id, ...root, name: 'html', publicId: textOf(given['publicId']), systemId: textOf(given['systemId']) }
      case ELEMENT:
        return this.#element(given, id, root, depth)
      case TEXT:
        return { type, id, ...root, ...flags(given), textContent: this.#text(id, textOf(given['textContent']), parent) }
      case CDATA:
      case COMMENT:
        return { type: COMMENT, id, ...root, textContent: '' }
      default:
        return null
    }
  }

  /** The tag of an element that was read before. */
  tagOf(id: number): string | null {
    return this.#tags.get(id) ?? null
  }

  /** A text that takes another's place. */
  changedText(id: number, text: string): string {
    return this.#styles.has(id) ? this.css(text) : text
  }

  css(text: string): string {
    return cleanCss(text, this.pictures, this.told)
  }

  /** What of the attributes of an element with this tag stays. */
  attributes(tag: string, given: unknown): Attributes {
    const kept: Attributes = {}
    if (typeof given !== 'object' || given === null || EMPTIED.has(tag)) return kept
    for (const [name, value] of Object.entries(given)) {
      const low = name.toLowerCase()
      if (!NAME.test(name) || low.startsWith('on') || NEVER.has(low)) continue
      const cleaned = this.#attribute(tag, low, value)
      if (cleaned !== undefined) kept[name] = cleaned
    }
    return kept
  }

  #attribute(tag: string, name: string, value: unknown): Attributes[string] | undefined {
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
    if (name === 'style' && typeof value === 'object') return this.#styleChange(value as Record<string, unknown>)
    if (typeof value !== 'string') return undefined
    // The recorder's own: the styles that a sheet had, and what a picture looked like.
    if (name === '_csstext' || name === 'style') return this.css(value)
    if (name === 'rr_dataurl') return /^data:image\//i.test(value) ? value : undefined
    if (ADDRESSES.has(name)) return this.#address(tag, name, value)
    // Attributes of SVG that name a picture, such as `fill` and `filter`.
    return /url\(|src\(|image-set/i.test(value) || value.includes('\\') ? this.css(value) : value
  }

  #address(tag: string, name: string, value: string): string | undefined {
    const address = value.trim()
    if (tag === 'a' || tag === 'area') return name === 'href' ? '#' : undefined
    if (address.startsWith('#')) return address
    const isPicture = PICTURES.has(tag) && ['src', 'srcset', 'href', 'xlink:href', 'poster'].includes(name)
    if (!isPicture || address === '') return undefined
    if (name !== 'srcset' && /^data:image\//i.test(address)) return address
    if (this.pictures && (name === 'srcset' ? /^https:\/\/[^\s]+/i : /^https:\/\//i).test(address)) return address
    this.told.pictures += 1
    return undefined
  }

  #styleChange(given: Record<string, unknown>): Record<string, unknown> {
    const kept: Record<string, unknown> = {}
    for (const [property, value] of Object.entries(given)) {
      if (value === false) kept[property] = false
      else if (typeof value === 'string') kept[property] = this.css(value)
      else if (Array.isArray(value) && typeof value[0] === 'string') kept[property] = [this.css(value[0]), textOf(value[1])]
    }
    return kept
  }

  #element(given: Record<string, unknown>, id: number, root: object, depth: number): Node {
    const asked = textOf(given['tagName']).toLowerCase()
    const isKnown = TAG.test(asked) && !EMPTIED.has(asked) && !(asked === 'link' && !hasStyles(given['attributes']))
    const name = isKnown ? (given['isSVG'] === true ? textOf(given['tagName']) : asked) : 'meta'
    const tag = name.toLowerCase()
    this.#tags.set(id, tag)
    const attributes = isKnown ? this.attributes(tag, given['attributes']) : {}
    const childNodes = isKnown ? this.#children(given, tag, depth) : []
    return { type: ELEMENT, id, ...root, ...flags(given), tagName: name, attributes, childNodes }
  }

  #children(given: Record<string, unknown>, tag: string | null, depth: number): Node[] {
    const nodes = Array.isArray(given['childNodes']) ? given['childNodes'] : []
    return nodes.map((node) => this.read(node, tag, depth + 1)).filter((node) => node !== null)
  }

  #text(id: number, text: string, parent: string | null): string {
    if (parent !== 'style') return text
    this.#styles.add(id)
    return this.css(text)
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const flags = (given: Record<string, unknown>) =>
  Object.fromEntries(FLAGS.filter((name) => given[name] === true).map((name) => [name, true]))

/** Whether a link is a sheet whose styles the recorder has put in its place. */
function hasStyles(attributes: unknown): boolean {
  return typeof attributes === 'object' && attributes !== null && typeof (attributes as Attributes)['_cssText'] === 'string'
}
