// From the bytes of a part to the events that may be played. What is of no known shape is left out and counted.
import type { Told } from './css.ts'
import { Nodes, type Attributes } from './nodes.ts'

export type Event = { type: number; timestamp: number; data: Record<string, unknown> }
type Fields = Record<string, unknown>

export const FULL_SNAPSHOT = 2
const INCREMENTAL = 3
export const META = 4
const MOST_PIXELS = 10_000
const MOST_TIME = 8.64e15

/** The kinds of changes that are played as they are, because they are numbers and words. */
const MOUSE = [1, 6, 12]
const INTERACTION = 2
const SCROLL = 3
const RESIZE = 4
const INPUT = 5
const SHEET_RULE = 8
const STYLE_DECLARATION = 13
const SELECTION = 14
const ADOPTED_SHEETS = 15

/** Reads the events of one recording, one after the other. */
export class Reader {
  readonly #nodes: Nodes

  constructor(
    pictures: boolean,
    readonly told: Told,
  ) {
    this.#nodes = new Nodes(pictures, told)
  }

  /** The event as it may be played; null if nothing of it may. */
  read(value: unknown): Event | null {
    const event = fields(value)
    const { type, timestamp } = event ?? {}
    if (!event || typeof type !== 'number' || !isNumber(timestamp) || timestamp < 0 || timestamp > MOST_TIME) return null
    const data = this.#data(type, fields(event['data']) ?? {})
    return data && { type, timestamp, data }
  }

  #data(type: number, data: Fields): Fields | null {
    switch (type) {
      case FULL_SNAPSHOT: {
        const node = this.#nodes.read(data['node'])
        const offset = fields(data['initialOffset'])
        return node && node.type === 0 ? { node, initialOffset: { left: number(offset?.['left']), top: number(offset?.['top']) } } : null
      }
      case INCREMENTAL:
        return this.#change(data)
      case META:
        return isSize(data['width']) && isSize(data['height']) ? { href: '', width: data['width'], height: data['height'] } : null
      default:
        return null
    }
  }

  #change(data: Fields): Fields | null {
    const { source } = data
    if (source === 0) return this.#mutation(data)
    if (MOUSE.includes(source as number)) {
      const positions = list(data['positions']).filter(({ x, y, id, timeOffset }) => [x, y, id, timeOffset].every(isNumber))
      return positions.length > 0 ? { source, positions: positions.map((it) => only(it, ['x', 'y', 'id', 'timeOffset'])) } : null
    }
    switch (source) {
      case INTERACTION:
        return isNumber(data['id']) ? only(data, ['source', 'type', 'id', 'x', 'y', 'pointerType']) : null
      case SCROLL:
        return isNumber(data['id']) ? only(data, ['source', 'id', 'x', 'y']) : null
      case RESIZE:
        return isSize(data['width']) && isSize(data['height']) ? only(data, ['source', 'width', 'height']) : null
      case INPUT:
        return isNumber(data['id']) ? { ...only(data, ['source', 'id', 'isChecked']), text: text(data['text']) } : null
      case SHEET_RULE:
        return { ...this.#sheet(data), ...only(data, ['source', 'id', 'styleId']) }
      case STYLE_DECLARATION:
        return this.#declaration(data)
      case SELECTION: {
        const ranges = list(data['ranges']).filter(({ start, end }) => isNumber(start) && isNumber(end))
        return { source, ranges: ranges.map((it) => only(it, ['start', 'startOffset', 'end', 'endOffset'])) }
      }
      case ADOPTED_SHEETS: {
        const styles = list(data['styles']).map((sheet) => ({ ...only(sheet, ['styleId']), rules: this.#rules(sheet['rules']) }))
        const styleIds = (Array.isArray(data['styleIds']) ? data['styleIds'] : []).filter(isNumber)
        return { ...only(data, ['source', 'id']), styleIds, styles }
      }
      // Canvases, fonts, sounds, logs and whatever is still to be invented.
      default:
        return null
    }
  }

  #mutation(data: Fields): Fields {
    const attributes = list(data['attributes']).filter(({ id }) => isNumber(id))
    return {
      source: 0,
      // Before attributes and texts: these may be of nodes that are new.
      adds: list(data['adds']).flatMap((add) => this.#add(add)),
      removes: list(data['removes']).filter(({ id, parentId }) => isNumber(id) && isNumber(parentId)).map((it) => only(it, ['parentId', 'id', 'isShadow'])),
      texts: list(data['texts'])
        .filter(({ id }) => isNumber(id))
        .map(({ id, value }) => ({ id, value: this.#nodes.changedText(id as number, text(value)) })),
      attributes: attributes.map(({ id, attributes: changed }) => ({ id, attributes: this.#attributes(id as number, changed) })),
      ...(data['isAttachIframe'] === true && { isAttachIframe: true }),
    }
  }

  #add(add: Fields): Fields[] {
    if (!isNumber(add['parentId'])) return []
    const node = this.#nodes.read(add['node'], this.#nodes.tagOf(add['parentId']))
    const next = isNumber(add['nextId']) ? add['nextId'] : null
    return node ? [{ parentId: add['parentId'], nextId: next, node }] : []
  }

  /** An element that is not known may be any: only what no element does harm with stays. */
  #attributes(id: number, changed: unknown): Attributes {
    const tag = this.#nodes.tagOf(id)
    return this.#nodes.attributes(tag ?? 'span', changed)
  }

  #sheet(data: Fields): Fields {
    const adds = list(data['adds']).filter(({ rule }) => typeof rule === 'string')
    return {
      adds: adds.map((it) => ({ rule: this.#nodes.css(it['rule'] as string), index: place(it['index']) })),
      removes: list(data['removes']).map(({ index }) => ({ index: place(index) })),
      // Whole sheets are rare, and come again with the next whole page.
    }
  }

  #declaration(data: Fields): Fields {
    const set = fields(data['set'])
    const remove = fields(data['remove'])
    return {
      ...only(data, ['source', 'id', 'styleId']),
      index: indexes(data['index']),
      ...(set && { set: { ...only(set, ['property', 'priority']), value: this.#nodes.css(text(set['value'])) } }),
      ...(remove && { remove: only(remove, ['property']) }),
    }
  }

  #rules(rules: unknown): Fields[] {
    const known = list(rules).filter(({ rule }) => typeof rule === 'string')
    return known.map((it) => ({ rule: this.#nodes.css(it['rule'] as string), ...(isNumber(it['index']) && { index: it['index'] }) }))
  }
}

export const fields = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null

const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields).filter((item) => item !== null) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const number = (value: unknown): number => (isNumber(value) ? value : 0)
const isSize = (value: unknown): value is number => isNumber(value) && value > 0 && value <= MOST_PIXELS
const indexes = (value: unknown): number[] => (Array.isArray(value) ? value.filter(isNumber) : [])
const place = (value: unknown): number | number[] | undefined => (isNumber(value) ? value : Array.isArray(value) ? indexes(value) : undefined)

/** Of an object the fields that are numbers, booleans or words. */
function only(from: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => ['number', 'boolean', 'string'].includes(typeof from[name])).map((name) => [name, from[name]]))
}
