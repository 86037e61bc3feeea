// Drafts live in the browser's database, each under who writes it, where and to whom. What was sent and is not confirmed
// lives beside them, under its key. Only a confirmed send or the agent removes either.
import type { ReplyChanges } from '../api/types.ts'
import { leave, leftBehind, take } from './left-behind.ts'

/** `note:` and an id is a change of that note. */
export type DraftKind = 'reply' | 'note' | `note:${string}`
export type DraftPlace = { user: number; project: number; ticket: string; kind: DraftKind }

/** A file that goes with what is written. Without an id the desk does not have it whole. `at` is when it was attached. */
export type DraftFile = { key: string; name: string; size: number; id: string | null; at: number }

/** Whom a reply by mail goes to, beside those who take part. */
export type Copies = { cc: readonly string[]; bcc: readonly string[] }

/** What is written, and what goes with it. */
export type Written = { text: string; changes: ReplyChanges; files?: readonly DraftFile[]; copies?: Copies }

export type Draft = DraftPlace &
  Written & {
    savedAt: number
    /** It was sent once, and nobody knows whether it came through: the same again goes under the same key. */
    tried?: Unsent | null
  }

/** A message from the press of the button until the desk confirms it. */
export type Unsent = DraftPlace &
  Written & {
    /** Made at the press, so that a send that is tried again cannot double. */
    key: string
    number: number
    /** What the send button sets beside `changes`. */
    status: 'pending' | 'resolved' | null
    /** The newest message of others that was on screen. */
    seenUntil: string | null
    /** Sent although others wrote meanwhile. */
    force: boolean
    pressedAt: number
    /** Until then it can be taken back. */
    notBefore: number
  }

const DRAFTS = 'drafts'
const UNSENT = 'unsent'
const VERSION = 2

const id = ({ user, project, ticket, kind }: DraftPlace) => [user, project, ticket, kind]

const isDraft = (value: unknown): value is Draft => {
  const { user, project, ticket, kind, text, savedAt } = (value ?? {}) as Partial<Draft>
  return [user, project, savedAt].every((part) => typeof part === 'number') && [ticket, kind, text].every((part) => typeof part === 'string')
}

type Stores = { drafts: IDBObjectStore; unsent: IDBObjectStore }

export const NO_COPIES: Copies = { cc: [], bcc: [] }
const hasCopies = ({ cc, bcc }: Copies) => cc.length > 0 || bcc.length > 0

/** What is written, without the parts in which there is nothing. */
export const writtenOf = ({ text, changes, files = [], copies = NO_COPIES }: Written): Written => ({
  text,
  changes,
  ...(files.length > 0 && { files }),
  ...(hasCopies(copies) && { copies }),
})

export const isEmpty = ({ text, changes, files = [], copies = NO_COPIES }: Written): boolean =>
  text.trim() === '' && Object.keys(changes).length === 0 && files.length === 0 && !hasCopies(copies)

export class Drafts {
  #database: Promise<IDBDatabase> | undefined
  #opened: IDBDatabase | undefined
  readonly #name: string
  #listeners = new Set<() => void>()

  constructor(name = 'lambdesk') {
    this.#name = name
  }

  /** Calls after each change of what is kept, until the answer is called. */
  watch(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => void this.#listeners.delete(changed)
  }

  /** What is kept has changed, here or in another tab. */
  changed() {
    for (const listener of this.#listeners) listener()
  }

  async load(place: DraftPlace): Promise<Draft | undefined> {
    await this.#recover()
    return this.#run('readonly', ({ drafts }) => drafts.get(id(place)) as IDBRequest<Draft | undefined>)
  }

  /** A draft without text and changes is no draft. */
  async save(draft: Draft): Promise<void> {
    await this.#run<unknown>('readwrite', ({ drafts }): IDBRequest => (isEmpty(draft) ? drafts.delete(id(draft)) : drafts.put(draft)))
    take(id(draft), (left) => isDraft(left) && left.savedAt > draft.savedAt)
  }

  /** As `save`, of a page that is being left: it may be gone before the database is done. */
  saveLast(draft: Draft): Promise<void> {
    leave(id(draft), draft)
    return this.save(draft)
  }

  /** Takes what pages have left behind, before anything is read. */
  async #recover() {
    for (const draft of leftBehind(isDraft)) {
      const kept = await this.#run('readonly', ({ drafts }) => drafts.get(id(draft)) as IDBRequest<Draft | undefined>)
      if (!kept || kept.savedAt < draft.savedAt) await this.save(draft)
      else take(id(draft))
    }
  }

  async remove(place: DraftPlace): Promise<void> {
    take(id(place))
    await this.#run('readwrite', ({ drafts }) => drafts.delete(id(place)))
  }

  /** All that one user has not sent, the newest first. */
  async unsent(user: number, project?: number): Promise<Draft[]> {
    await this.#recover()
    const all = await this.#run('readonly', ({ drafts }) => drafts.getAll() as IDBRequest<Draft[]>)
    return all.filter(of(user, project)).sort((a, b) => b.savedAt - a.savedAt)
  }

  /** Keeps nothing of one user any more. */
  async forget(user: number): Promise<void> {
    const written = await this.unsent(user)
    const pressed = (await this.#run('readonly', ({ unsent }) => unsent.getAll() as IDBRequest<Unsent[]>)).filter(of(user))
    for (const draft of written) await this.remove(draft)
    for (const draft of leftBehind(isDraft).filter(of(user))) take(id(draft))
    for (const { key } of pressed) await this.confirm(key)
  }

  /** The draft becomes a message on its way, both at once: whatever happens, the text is in one of the two places. */
  async press(unsent: Unsent): Promise<void> {
    await this.#run('readwrite', (stores) => {
      stores.drafts.delete(id(unsent))
      return stores.unsent.put(unsent)
    })
    take(id(unsent))
  }

  /** Keeps what has changed of a message on its way. */
  async keep(unsent: Unsent): Promise<void> {
    await this.#run('readwrite', (stores) => stores.unsent.put(unsent))
  }

  /** The message becomes a draft again, both at once. */
  async takeBack(key: string, draft: Draft): Promise<void> {
    await this.#run('readwrite', (stores) => {
      stores.unsent.delete(key)
      return stores.drafts.put(draft)
    })
  }

  /** The desk has it. */
  async confirm(key: string): Promise<void> {
    await this.#run('readwrite', ({ unsent }) => unsent.delete(key))
  }

  /** What was on its way when the page was left, the oldest first. */
  async onTheirWay(user: number, project?: number): Promise<Unsent[]> {
    const all = await this.#run('readonly', ({ unsent }) => unsent.getAll() as IDBRequest<Unsent[]>)
    return all.filter(of(user, project)).sort((a, b) => a.pressedAt - b.pressedAt)
  }

  #open(): Promise<IDBDatabase> {
    return (this.#database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(this.#name, VERSION)
      request.onupgradeneeded = () => upgrade(request.result)
      request.onsuccess = () => {
        // A newer page in another tab may need another form of the database.
        request.result.onversionchange = () => {
          request.result.close()
          this.#database = this.#opened = undefined
        }
        this.#opened = request.result
        resolve(request.result)
      }
      request.onerror = () => reject(request.error ?? new Error('no database'))
    }))
  }

  async #run<T>(mode: IDBTransactionMode, ask: (stores: Stores) => IDBRequest<T>): Promise<T> {
    // A page that is being closed waits for nothing: then the database has to be open, and is told that no more follows.
    const database = this.#opened ?? (await this.#open())
    const transaction = database.transaction([DRAFTS, UNSENT], mode, { durability: 'relaxed' })
    return new Promise((resolve, reject) => {
      const request = ask({ drafts: transaction.objectStore(DRAFTS), unsent: transaction.objectStore(UNSENT) })
      if (mode === 'readwrite') transaction.commit()
      transaction.oncomplete = () => {
        resolve(request.result)
        if (mode === 'readwrite') this.changed()
      }
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error('not kept'))
    })
  }
}

function upgrade(database: IDBDatabase) {
  const has = (store: string) => database.objectStoreNames.contains(store)
  if (!has(DRAFTS)) database.createObjectStore(DRAFTS, { keyPath: ['user', 'project', 'ticket', 'kind'] })
  if (!has(UNSENT)) database.createObjectStore(UNSENT, { keyPath: 'key' })
}

const of = (user: number, project?: number) => (place: DraftPlace) =>
  place.user === user && (project === undefined || place.project === project)

export const drafts = new Drafts()
