// What the inbox page and the frame with the player say to each other. The frame shows what strangers sent, so neither side
// believes a message before it has looked at every field of it.

/** Every message carries it. Another number is another language, and is not listened to. */
export const VERSION = 1

export const SPEEDS = [1, 2, 4, 8] as const
export type Speed = (typeof SPEEDS)[number]

/** Times are in milliseconds since 1970, as the recording has them. */
export type Asked =
  | { kind: 'hello' }
  /** A part of the recording as the desk keeps it: a JSON array of the recorder's events. */
  | { kind: 'part'; bytes: ArrayBuffer }
  /** No more parts follow. */
  | { kind: 'end' }
  | { kind: 'seek'; at: number }
  | { kind: 'play' }
  | { kind: 'pause' }
  | { kind: 'speed'; speed: Speed }
  | { kind: 'skip'; isOn: boolean }

export const STATES = ['waiting', 'paused', 'playing', 'ended'] as const
/** `waiting` is for parts that have not come yet. */
export type State = (typeof STATES)[number]

export type Told =
  | { kind: 'ready' }
  /** A part was taken: how many of its events can't be shown, and how many pictures of the customer's site are not. */
  | { kind: 'taken'; leftOut: number; pictures: number }
  | { kind: 'time'; at: number; state: State }
  /** The player itself failed. */
  | { kind: 'broken' }

export const MAX_PART_BYTES = 20 * 1024 * 1024
const MAX_COUNT = 1_000_000
/** The last moment that a date can have. */
const MAX_TIME = 8.64e15

type Fields = Record<string, unknown>

export const written = <T extends Asked | Told>(message: T): T & { lambdesk: typeof VERSION } => ({ lambdesk: VERSION, ...message })

/** What the page asks of the frame; null is for what is not of this shape. */
export function readAsked(data: unknown): Asked | null {
  const fields = fieldsOf(data)
  switch (fields?.['kind']) {
    case 'hello':
    case 'end':
    case 'play':
    case 'pause':
      return { kind: fields['kind'] }
    case 'part': {
      const { bytes } = fields
      return bytes instanceof ArrayBuffer && bytes.byteLength <= MAX_PART_BYTES ? { kind: 'part', bytes } : null
    }
    case 'seek':
      return isTime(fields['at']) ? { kind: 'seek', at: fields['at'] } : null
    case 'speed': {
      const speed = SPEEDS.find((known) => known === fields['speed'])
      return speed ? { kind: 'speed', speed } : null
    }
    case 'skip':
      return typeof fields['isOn'] === 'boolean' ? { kind: 'skip', isOn: fields['isOn'] } : null
    default:
      return null
  }
}

/** What the frame tells the page; null is for what is not of this shape. */
export function readTold(data: unknown): Told | null {
  const fields = fieldsOf(data)
  switch (fields?.['kind']) {
    case 'ready':
    case 'broken':
      return { kind: fields['kind'] }
    case 'taken': {
      const { leftOut, pictures } = fields
      return isCount(leftOut) && isCount(pictures) ? { kind: 'taken', leftOut, pictures } : null
    }
    case 'time': {
      const state = STATES.find((known) => known === fields['state'])
      return state && isTime(fields['at']) ? { kind: 'time', at: fields['at'], state } : null
    }
    default:
      return null
  }
}

function fieldsOf(data: unknown): Fields | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null
  const fields = data as Fields
  return fields['lambdesk'] === VERSION ? fields : null
}

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MAX_TIME
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT
