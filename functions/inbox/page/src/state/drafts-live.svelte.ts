// The drafts of this tab, as they are being written: kept a moment after the last key, and at once when the page goes.
import type { Message, ReplyChanges } from '../api/types.ts'
import { joined } from './outbox-rules.ts'
import { drafts, isEmpty, NO_COPIES, writtenOf, type Copies, type Draft, type DraftFile, type DraftPlace, type Unsent, type Written } from './drafts.ts'

/** What is said above a draft that came back. */
export type Notice =
  /** Others wrote meanwhile, and nothing was sent. */
  | { is: 'newer'; newer: Message[]; unsent: Unsent }
  /** It was taken back after a try that got no answer. */
  | { is: 'perhaps' }
  | { is: 'refused' | 'forbidden' | 'gone' | 'too-long'; detail: string }

type News = { place: string; is: 'writing' | 'saved'; tab: string }

const KEEP_AFTER_MS = 300
/** Another tab that has been quiet for so long is no longer writing. */
const QUIET_MS = 60_000
const TAB = crypto.randomUUID()

const nameOf = ({ user, project, ticket, kind }: DraftPlace) => [user, project, ticket, kind].join(' ')

export class LiveDraft {
  readonly place: DraftPlace
  text = $state('')
  changes = $state.raw<ReplyChanges>({})
  files = $state.raw<readonly DraftFile[]>([])
  copies = $state.raw<Copies>(NO_COPIES)
  notice = $state.raw<Notice | null>(null)
  /** Another tab writes here; this one only shows what was kept. */
  isElsewhere = $state(false)
  isLoaded = $state(false)
  tried: Unsent | null = null
  readonly loaded: Promise<void>
  #timer: ReturnType<typeof setTimeout> | undefined
  #quiet: ReturnType<typeof setTimeout> | undefined
  /** How often the agent wrote, and how many of these are kept. */
  #edits = 0
  #kept = 0
  readonly #tell: (is: News['is']) => void

  constructor(place: DraftPlace, tell: (place: DraftPlace, is: News['is']) => void) {
    this.place = place
    this.#tell = (is) => tell(place, is)
    this.loaded = this.#load()
  }

  get written(): Written {
    return writtenOf(this)
  }

  /** The agent wrote. */
  edit(change: Partial<Written>) {
    if (change.text !== undefined) this.text = change.text
    if (change.changes !== undefined) this.changes = change.changes
    if (change.files !== undefined) this.files = change.files
    if (change.copies !== undefined) this.copies = change.copies
    this.#edits += 1
    this.#tell('writing')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.keep(), KEEP_AFTER_MS)
  }

  /** Writes what is not kept yet; `isLeaving`, while the page is being left. */
  async keep(isLeaving = false) {
    // What is kept already may be more than what was typed before it was read.
    if (!this.isLoaded && isLeaving) return
    if (!this.isLoaded) await this.loaded
    if (this.#kept === this.#edits) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    const edits = this.#edits
    await (isLeaving ? drafts.saveLast(this.#draft()) : drafts.save(this.#draft()))
    this.#kept = Math.max(this.#kept, edits)
    this.saved()
  }

  /** What was written is on its way: here is room for the next. */
  clear() {
    this.#put({ text: '', changes: {} })
    this.notice = null
    this.tried = null
  }

  /** Other tabs read anew what is kept. */
  saved() {
    this.#tell('saved')
  }

  /** A message comes back, before what was written since. */
  async takeBack(unsent: Unsent, notice: Notice | null, tried: Unsent | null) {
    await this.loaded
    this.#put(joined(unsent, this.written))
    this.notice = notice
    this.tried = tried
    await drafts.takeBack(unsent.key, this.#draft())
    this.saved()
  }

  /** The agent gives the draft up. Answers what it was, so that it can come back. */
  discard(): Written {
    const { written } = this
    this.clear()
    void drafts.remove(this.place).then(() => this.saved())
    return written
  }

  /** Goes on writing here what another tab began. */
  async takeOver() {
    this.isElsewhere = false
    await this.#reload()
    this.#tell('writing')
  }

  /** What is not kept yet is no longer kept. */
  forget() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#kept = this.#edits
  }

  hear(is: News['is']) {
    clearTimeout(this.#quiet)
    if (is === 'saved') void this.#reload()
    this.isElsewhere = is === 'writing' || this.isElsewhere
    this.#quiet = setTimeout(() => (this.isElsewhere = false), QUIET_MS)
    if (is === 'saved' && this.#timer === undefined) this.notice = null
  }

  #put({ text, changes, files = [], copies = NO_COPIES }: Written) {
    this.forget()
    this.text = text
    this.changes = changes
    this.files = files
    this.copies = copies
  }

  async #load() {
    const kept = await drafts.load(this.place).catch(() => undefined)
    this.isLoaded = true
    if (!kept) return
    // Who typed before the draft was read keeps both.
    const isTyped = !isEmpty(this.written)
    const all = joined({ ...kept, changes: kept.changes ?? {} }, this.written)
    this.tried = kept.tried ?? null
    if (isTyped) this.edit(all)
    else this.#put(all)
  }

  async #reload() {
    const kept = await drafts.load(this.place)
    this.#put(kept ? { ...kept, changes: kept.changes ?? {} } : { text: '', changes: {} })
    this.tried = kept?.tried ?? null
    if (!kept) this.isElsewhere = false
  }

  #draft(): Draft {
    return { ...this.place, ...this.written, savedAt: Date.now(), tried: this.tried }
  }
}

class LiveDrafts {
  #all = new Map<string, LiveDraft>()
  #channel = new BroadcastChannel('lambdesk.drafts')

  constructor() {
    this.#channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.tab === TAB) return
      this.#all.get(data.place)?.hear(data.is)
      if (data.is === 'saved') drafts.changed()
    }
    new BroadcastChannel('lambdesk.session').onmessage = () => this.forget()
    const keep = () => void this.keepAll(true)
    addEventListener('pagehide', keep)
    document.addEventListener('visibilitychange', () => document.hidden && keep())
  }

  /** Writes all that is not kept yet. */
  async keepAll(isLeaving = false) {
    await Promise.all([...this.#all.values()].map((draft) => draft.keep(isLeaving)))
  }

  /** The agent signs out: this tab writes nothing more. */
  forget() {
    for (const draft of this.#all.values()) draft.forget()
    this.#all.clear()
  }

  of(place: DraftPlace): LiveDraft {
    const name = nameOf(place)
    const known = this.#all.get(name)
    if (known) return known
    const draft = new LiveDraft(place, (of, is) => this.#channel.postMessage({ place: nameOf(of), is, tab: TAB } satisfies News))
    this.#all.set(name, draft)
    return draft
  }
}

export const liveDrafts = new LiveDrafts()
