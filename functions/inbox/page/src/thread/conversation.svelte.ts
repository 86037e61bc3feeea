import { api, follow, read } from '../api/client.ts'
import type { Activity, Message, Ticket } from '../api/types.ts'
import { isWriting } from '../state/presence.ts'
import { notes } from '../state/notes.svelte.ts'
import { firstUnread } from './timeline.ts'

/** How many messages are read at first, and how many earlier ones at a time. */
const PAGE = 50
/** The answer may hold more, since notes lie between the messages. */
const MOST = 200
const CHANGES = 200
/** The desk skips no more than this. */
const FARTHEST = 10_000

type State = { is: 'loading' } | { is: 'ready' } | { is: 'failed'; error: unknown }

/** The messages, notes and changes of one ticket, oldest first. The last ones are read first. */
export class Conversation {
  readonly ticket: string
  readonly #project: number
  readonly #expected: number
  readonly #unreadAtFirst: number
  /** The place of the first one that is here among all there are. */
  #start = 0
  /** When the agent last wrote at a reply; null while there is none. */
  wroteAt: number | null = null
  /** As the desk told them. */
  #told = $state.raw<Message[]>([])
  messages: Message[] = $derived(notes.shown(this.#told))
  changes = $state.raw<Activity[]>([])
  state = $state.raw<State>({ is: 'loading' })
  isLoadingEarlier = $state(false)
  hasEarlier = $state(false)
  /** The first message that nobody had read when the ticket was opened. */
  firstUnread = $state.raw<string | null>(null)
  /** When the newest message was written that was on screen. */
  #seenAt = ''

  constructor(project: number, ticket: Ticket) {
    this.#project = project
    this.ticket = ticket.id
    this.#expected = ticket.message_count
    this.#unreadAtFirst = ticket.unread_team_count
  }

  get isReplying(): boolean {
    return isWriting(this.wroteAt, Date.now())
  }

  /** `created_at` of the newest entry. */
  get lastEntryAt(): string | null {
    return this.#told.at(-1)?.created_at ?? null
  }

  /** The newest message of the customer's side of the talk that was on screen; notes are not part of it. */
  get seenUntil(): string | null {
    return this.messages.findLast((message) => !message.is_private && message.created_at <= this.#seenAt)?.id ?? null
  }

  /** The message at this place, and so all before it, was on screen. */
  see(at: number) {
    const seenAt = this.messages[at]?.created_at ?? ''
    if (seenAt > this.#seenAt) this.#seenAt = seenAt
  }

  /** Takes what sync or a confirmed send brought. */
  arrive(messages: Message[]) {
    const known = new Set(this.#told.map(({ id }) => id))
    const fresh = messages.filter(({ id }) => !known.has(id))
    if (fresh.length === 0) return
    const byTime = (a: Message, b: Message) => a.created_at.localeCompare(b.created_at)
    this.#told = [...this.#told, ...fresh].sort(byTime)
  }

  async load() {
    const start = Math.max(0, Math.min(FARTHEST, this.#expected - Math.max(PAGE, this.#unreadAtFirst + 1)))
    try {
      const changes = this.loadChanges()
      const messages = await this.#read(start, MOST, true)
      this.#start = start
      this.hasEarlier = start > 0
      this.#told = messages
      this.firstUnread = firstUnread(messages, this.#unreadAtFirst)
      await changes
      this.state = { is: 'ready' }
    } catch (error) {
      this.state = { is: 'failed', error }
    }
  }

  /** Reads again what is here: a note of it was changed or removed. */
  async readAgain() {
    if (this.state.is !== 'ready') return
    const messages = await this.#read(this.#start, MOST, true).catch(() => null)
    if (messages) this.#told = messages
  }

  /** `ahead` is called right before they are shown. */
  async loadEarlier(ahead: () => void) {
    if (!this.hasEarlier || this.isLoadingEarlier) return
    this.isLoadingEarlier = true
    try {
      const start = Math.max(0, this.#start - PAGE)
      const known = new Set(this.#told.map(({ id }) => id))
      const earlier = (await this.#read(start, this.#start - start, false)).filter(({ id }) => !known.has(id))
      this.#start = start
      ahead()
      this.#told = [...earlier, ...this.#told]
      this.hasEarlier = start > 0
    } catch {
      // They are asked for again when the agent scrolls there again.
    }
    this.isLoadingEarlier = false
  }

  /** What stands between the messages. A thread is readable without it. */
  async loadChanges() {
    try {
      const route = '/api/projects/{project_id}/conversations/tickets/{id}/activity'
      const page = await read(api.GET(route, { params: { path: this.#path, query: { limit: CHANGES } } }))
      this.changes = page.results.toReversed()
    } catch {
      // The next change asks again.
    }
  }

  get #path() {
    return { project_id: this.#project, id: this.ticket }
  }

  async #read(offset: number, limit: number, toTheEnd: boolean): Promise<Message[]> {
    const route = '/api/projects/{project_id}/conversations/tickets/{id}/messages'
    let page = await read(api.GET(route, { params: { path: this.#path, query: { offset, limit } } }))
    const messages = [...page.results]
    while (toTheEnd && page.next) {
      page = await follow<Message>(page.next)
      messages.push(...page.results)
    }
    return messages
  }
}
