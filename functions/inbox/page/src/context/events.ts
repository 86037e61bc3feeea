// Events as lines of a list. Pure.
import type { SeenEvent } from '../api/types.ts'
import { c } from '../messages/context.ts'

/** An event's name in words where the SDK itself sends it; the page's own keep theirs. */
export function nameOf({ event, properties }: Pick<SeenEvent, 'event' | 'properties'>): string {
  const used = properties['$event_type']
  if (event === '$autocapture' && typeof used === 'string' && Object.hasOwn(c.events.used, used)) return c.events.used[used]!
  return Object.hasOwn(c.events.names, event) ? c.events.names[event]! : event
}

/** What of a page's address tells it from the site's others. */
export function pathOf(url: string | null): string {
  if (url === null) return ''
  if (!URL.canParse(url)) return url
  const { protocol, pathname, search, hash } = new URL(url)
  return /^https?:$/.test(protocol) ? `${pathname}${search}${hash}` : url
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** What an event has beside its time, as names and texts in the order of the names, the page's own first. */
export function propertiesOf({ properties }: Pick<SeenEvent, 'properties'>): [name: string, value: string][] {
  const isOfSdk = (name: string) => Number(name.startsWith('$'))
  return Object.entries(properties)
    .map(([name, value]): [string, string] => [name, textOf(value)])
    .toSorted(([a], [b]) => isOfSdk(a) - isOfSdk(b) || a.localeCompare(b))
}

/** Those in which every word that was typed stands, be it in the name, the page or a property. */
export function matching(events: readonly SeenEvent[], typed: string): readonly SeenEvent[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return events
  return events.filter((event) => {
    const text = [event.event, nameOf(event), event.url ?? '', ...propertiesOf(event).flat()].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** How many of the events, which are the oldest first, came before the message. */
export function placeOfMessage(events: readonly Pick<SeenEvent, 'at'>[], message: string): number {
  const at = Date.parse(message)
  const after = events.findIndex((event) => Date.parse(event.at) > at)
  return after < 0 ? events.length : after
}

export type Range = { from: number; to: number }

/** Which of `count` lines are shown first: of a long list those around the message, most of them before it. */
export function rangeAround(count: number, place: number, most: number): Range {
  const after = Math.floor(most / 4)
  const from = Math.max(0, Math.min(place + after, count) - most)
  return { from, to: Math.min(count, from + most) }
}
