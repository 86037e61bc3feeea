// A mail that is being written and not sent, in this browser: closing its window, or the tab, loses nothing. Pure of the page.
import type { Copies, DraftFile } from '../state/drafts.ts'

/** By what the desk knows the mail whose files it has, and since when. */
export type Place = { draft: string; at: number }
export type NewMail = { from: string; to: string; subject: string; text: string; copies: Copies; files: readonly DraftFile[]; place: Place | null }
/** The request that was last sent, and its key: the same mail goes under the same key again, so the desk sends it once. */
export type Tried = { request: string; key: string }
export type Kept = { mail: NewMail; tried: Tried | null }

export const EMPTY: NewMail = { from: '', to: '', subject: '', text: '', copies: { cc: [], bcc: [] }, files: [], place: null }

const NAME = 'lambdesk.new-mail.'

/** Signing out forgets what begins with `lambdesk.`, but a mail only by the agent's word. */
const nameOf = (user: number, project: number) => `${NAME}${user}.${project}`

/** Under which of these names mails are kept of an agent, in all projects. */
export const mailsOf = (user: number, names: readonly string[]): string[] => names.filter((name) => name.startsWith(`${NAME}${user}.`))

/** From where it goes is no writing of its own. */
export const isBlank = ({ to, subject, text, copies, files }: NewMail): boolean =>
  [to, subject, text, ...copies.cc, ...copies.bcc, ...files.map(({ name }) => name)].every((part) => part.trim() === '')

/** The desk keeps what is not sent for a day. An hour less, since files go in their own time. */
const PLACE_MS = 23 * 60 * 60_000

/** Where further files may still go. */
export const placeNow = (place: Place | null, now: number): Place | null => (place && now - place.at < PLACE_MS ? place : null)

type Found = Record<string, unknown>
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const texts = (value: unknown) => list(value).filter((one) => typeof one === 'string')
const isFile = (value: unknown): value is DraftFile => {
  const { key, name, size, id, at } = (value ?? {}) as Partial<DraftFile>
  return [key, name].every((part) => typeof part === 'string') && [size, at].every((part) => typeof part === 'number') && (id === null || typeof id === 'string')
}

function read(found: Found): NewMail {
  const text = (name: string) => (typeof found[name] === 'string' ? found[name] : '')
  const { cc, bcc } = (found['copies'] ?? {}) as Found
  const { draft, at } = (found['place'] ?? {}) as Found
  return {
    from: text('from'),
    to: text('to'),
    subject: text('subject'),
    text: text('text'),
    copies: { cc: texts(cc), bcc: texts(bcc) },
    files: list(found['files']).filter(isFile),
    place: typeof draft === 'string' && typeof at === 'number' ? { draft, at } : null,
  }
}

export function kept(user: number, project: number, storage: Pick<Storage, 'getItem'> = localStorage): Kept {
  try {
    const found = JSON.parse(storage.getItem(nameOf(user, project)) ?? '{}') as { mail?: Found; tried?: Found | null }
    const { request, key } = found.tried ?? {}
    return { mail: read(found.mail ?? {}), tried: typeof request === 'string' && typeof key === 'string' ? { request, key } : null }
  } catch {
    return { mail: EMPTY, tried: null }
  }
}

export function keep(user: number, project: number, kept: Kept, storage: Pick<Storage, 'setItem' | 'removeItem'> = localStorage) {
  try {
    if (isBlank(kept.mail)) storage.removeItem(nameOf(user, project))
    else storage.setItem(nameOf(user, project), JSON.stringify(kept))
  } catch {
    // It is full, or refuses: then the mail is kept as long as the tab is there.
  }
}

/** The key under which this request goes: that of the last one if it is the same. */
export const keyFor = (tried: Tried | null, request: string, fresh: () => string): string => (tried?.request === request ? tried.key : fresh())
