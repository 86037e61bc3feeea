// What the inbox page and the frame with a mail say to each other. The frame shows what strangers wrote, so neither side believes
// a message before it has looked at every field of it.

/** Every message carries it. Another number is another language, and is not listened to. */
export const VERSION = 1

export type AskedOfMail =
  | { kind: 'hello' }
  /** The mail's HTML, as the desk let it through. */
  | { kind: 'mail'; html: string }

export type ToldByMail =
  | { kind: 'ready' }
  /** How high the mail is, in CSS pixels. */
  | { kind: 'height'; height: number }

const LONGEST = 20_000_000
const HIGHEST = 100_000

export const writtenTo = <T extends AskedOfMail | ToldByMail>(message: T): T & { lambdeskMail: typeof VERSION } => ({ lambdeskMail: VERSION, ...message })

/** What the page asks of the frame; null is for what is not of this shape. */
export function readAskedOfMail(data: unknown): AskedOfMail | null {
  const fields = fieldsOf(data)
  if (fields?.['kind'] === 'hello') return { kind: 'hello' }
  const html = fields?.['kind'] === 'mail' ? fields['html'] : null
  return typeof html === 'string' && html.length <= LONGEST ? { kind: 'mail', html } : null
}

/** What the frame tells the page; null is for what is not of this shape. */
export function readToldByMail(data: unknown): ToldByMail | null {
  const fields = fieldsOf(data)
  if (fields?.['kind'] === 'ready') return { kind: 'ready' }
  const height = fields?.['kind'] === 'height' ? fields['height'] : null
  return typeof height === 'number' && height >= 0 && Number.isFinite(height) ? { kind: 'height', height: Math.min(HIGHEST, height) } : null
}

function fieldsOf(data: unknown): Record<string, unknown> | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null
  const fields = data as Record<string, unknown>
  return fields['lambdeskMail'] === VERSION ? fields : null
}
