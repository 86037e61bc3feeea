// A part of a recording: JSON whose longest fields the recorder has compressed once more.
import { MAX_PART_BYTES } from '../src/player/wire.ts'
import { fields, type Event, type Reader } from './events.ts'

const ZIPPED = '2024-10'
/** The fields of a change that may be compressed. */
const ZIPPED_FIELDS = ['texts', 'attributes', 'removes', 'adds']

/** The events of a part that may be played. A part that can't be read has none, and counts as one event that is left out. */
export async function readPart(bytes: ArrayBuffer, reader: Reader): Promise<Event[]> {
  const budget = { bytes: MAX_PART_BYTES }
  const played: Event[] = []
  for (const value of listed(bytes)) {
    const event = await unzipped(value, budget).then((value) => reader.read(value), () => null)
    if (event) played.push(event)
    else if (isMissed(value)) reader.told.leftOut += 1
  }
  return played
}

function listed(bytes: ArrayBuffer): unknown[] {
  try {
    const events: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return Array.isArray(events) ? events : [null]
  } catch {
    return [null]
  }
}

/** Whether something is missing on the screen without this event. Events of plugins and of the page's loading show nothing. */
function isMissed(value: unknown): boolean {
  const type = fields(value)?.['type']
  return type === undefined || type === 2 || type === 3
}

async function unzipped(value: unknown, budget: { bytes: number }): Promise<unknown> {
  const event = fields(value)
  if (event?.['cv'] !== ZIPPED) return value
  if (typeof event['data'] === 'string') return { ...event, data: await unzip(event['data'], budget) }
  const data = { ...fields(event['data']) }
  for (const name of ZIPPED_FIELDS) if (typeof data[name] === 'string') data[name] = await unzip(data[name], budget)
  return { ...event, data }
}

/** JSON that was compressed into a string of one character for each byte. Fails if it is broken, or unfolds too far. */
async function unzip(text: string, budget: { bytes: number }): Promise<unknown> {
  const zipped = Uint8Array.from(text, (character) => character.charCodeAt(0))
  const reader = new Blob([zipped]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const decoder = new TextDecoder()
  let json = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return JSON.parse(json + decoder.decode())
    budget.bytes -= value.byteLength
    if (budget.bytes < 0) {
      await reader.cancel()
      throw new Error('too large')
    }
    json += decoder.decode(value, { stream: true })
  }
}
