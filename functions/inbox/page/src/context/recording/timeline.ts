// Where things stand in a recording. Times are milliseconds since 1970.

export type Span = { from: number; until: number }
export type Part = Span & { id: string; tab: string | null }
/** Something that the recording is worth looking at for: a page was changed, an error, the message. */
export type MarkKind = 'page' | 'error' | 'message'
export type Mark = { at: number; kind: MarkKind; label: string }
/** One tab of the browser: tabs were recorded side by side, and are played one at a time. */
export type Tab = Span & { id: string | null; parts: Part[] }

const BEFORE_MESSAGE_MS = 30_000
/** Who presses "mark before" shortly after a mark means the one before that. */
const JUST_PASSED_MS = 1_000

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

type Chunk = { id: string; window_id?: string | null; from: string; until: string }

export const partsOf = (chunks: readonly Chunk[]): Part[] =>
  chunks.map(({ id, window_id, from, until }) => ({ id, tab: window_id ?? null, from: Date.parse(from), until: Date.parse(until) }))

/** The tabs, in the order in which they were opened. */
export function tabsOf(parts: readonly Part[]): Tab[] {
  const tabs = new Map<string | null, Part[]>()
  for (const part of parts) tabs.set(part.tab, [...(tabs.get(part.tab) ?? []), part])
  return [...tabs]
    .map(([id, parts]) => ({ id, parts: parts.toSorted((a, b) => a.from - b.from), ...spanOf(parts) }))
    .toSorted((a, b) => a.from - b.from)
}

const spanOf = (parts: readonly Part[]): Span => ({
  from: Math.min(...parts.map(({ from }) => from)),
  until: Math.max(...parts.map(({ until }) => until)),
})

/** The tab that shows a moment: of several the one that was opened last; of none the one that is nearest. */
export function tabAt(tabs: readonly Tab[], at: number): Tab | undefined {
  const away = ({ from, until }: Tab) => Math.max(from - at, at - until, 0)
  return tabs.toSorted((a, b) => away(a) - away(b) || b.from - a.from)[0]
}

export const within = (at: number, { from, until }: Span): number => Math.min(Math.max(at, from), until)

/** Half a minute before the message, as far as the recording goes. */
export const beginning = (span: Span, message: number): number => within(message - BEFORE_MESSAGE_MS, span)

/** How far a moment is along, between 0 and 1. */
export const share = (at: number, { from, until }: Span): number => (until > from ? (within(at, { from, until }) - from) / (until - from) : 0)

/** The marks that the recording shows, in their order. */
export const marksIn = (marks: readonly Mark[], span: Span): Mark[] =>
  marks.filter(({ at }) => at >= span.from && at <= span.until).toSorted((a, b) => a.at - b.at)

export const markAfter = (marks: readonly Mark[], at: number): Mark | undefined => marks.find((mark) => mark.at > at)
export const markBefore = (marks: readonly Mark[], at: number): Mark | undefined => marks.findLast((mark) => mark.at < at - JUST_PASSED_MS)

/** A length as a player shows it: "0:07", "12:30", "1:02:03". */
export function played(milliseconds: number): string {
  const whole = Math.max(0, milliseconds)
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  const rest = `${two((whole % MINUTE) / SECOND)}`
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}:${rest}`
  return `${Math.floor(whole / HOUR)}:${two((whole % HOUR) / MINUTE)}:${rest}`
}
