import { getContext, setContext, tick } from 'svelte'
import { api, followAll, read, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { Me, Member, Message, Page, QuickAction, Role, SyncAsked, Ticket, TicketChange, View } from '../api/types.ts'
import { TicketList } from '../list/list.svelte.ts'
import { planFor, writeFilter } from '../list/plan.ts'
import { readAddress, type Route } from '../routes.ts'
import { t } from '../messages/index.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { Verdict } from './answers.ts'
import { asShown } from './assignee.ts'
import { AtHand } from './at-hand.svelte.ts'
import { comparable, describe, participantsBack, putsAside, reverse } from './changes.ts'
import { drafts, type Draft } from './drafts.ts'
import { Counts } from './counts.svelte.ts'
import { NewMails } from './new-mail.svelte.ts'
import { preferences } from './preferences.svelte.ts'
import { outbox } from './outbox.svelte.ts'
import { router } from './router.svelte.ts'
import { Shown } from './shown.svelte.ts'
import { sync, type Heard } from './sync.svelte.ts'
import { tickets } from './tickets.svelte.ts'
import { undo } from './undo.svelte.ts'

export type Refused = { detail: string; attr: string | null; body: Record<string, unknown> }

/** The thread on screen: what it has, so that sync brings what is behind that. */
export type OpenThread = {
  ticket: string
  lastEntryAt: string | null
  isReplying: boolean
  arrive: (messages: Message[]) => void
  readAgain: () => Promise<void>
}

const sayWhy = ({ detail }: Refused) => void toasts.show(detail)

const LISTS_KEPT = 6
const FOCUS_WITHIN_MS = 2_000
const IN_VIEW_MS = 60_000
const STALE_MS = 15_000

/** One project as this agent works in it: its lists, its open ticket, and the changes on their way. */
export class Desk {
  readonly me: Me['user']
  project = $state.raw() as Me['projects'][number]
  members = $state.raw<Member[]>([])
  roles = $state.raw<Role[]>([])
  views = $state.raw<View[]>([])
  readonly counts: Counts
  readonly newMail: NewMails
  readonly shown = new Shown(() => this.views)
  list = $state.raw<TicketList | null>(null)
  /** What this agent has begun to write here, the newest first. */
  drafts = $state.raw<readonly Draft[]>([])
  readonly drafted: ReadonlySet<string> = $derived(new Set(this.drafts.map(({ ticket }) => ticket)))
  /** The numbers of tickets that were deleted while they were known here. */
  gone = $state.raw<ReadonlySet<number>>(new Set())
  /** Since when the focus is to go to the list as soon as that has rows: who goes there by key goes on there by key. */
  #focusesListSince = $state<number | null>(null)
  /** Which ticket a key means. */
  readonly atHand = new AtHand({
    open: () => this.openTicket,
    // What is selected in a list that is not on screen is not seen.
    selected: () => (this.#showsList && this.list?.selection.ids) || new Set(),
    isListed: (id) => (this.#showsList ? (this.list?.itemOf(id) ?? -1) >= 0 : router.route.name === 'drafts' || router.route.name === 'ticket'),
  })
  /** Where each list was scrolled to, by its address. */
  readonly scrolls = new Map<string, number>()
  /** Set by the thread that is shown. */
  thread: OpenThread | null = null
  /** A quick action that waits for the composer of its ticket. */
  asked = $state.raw<{ ticket: string; action: QuickAction } | null>(null)
  /** Called with the tickets that sync brought. */
  heard: ((tickets: readonly Ticket[]) => void) | null = null
  #openVersion: { id: string; version: number } | null = null
  /** The ticket that the last question was about. */
  #asked: string | null = null
  #lists = new Map<string, TicketList>()

  constructor(me: Me['user'], project: Me['projects'][number]) {
    this.me = me
    this.project = project
    this.counts = new Counts(this.path('views/counts/'))
    this.newMail = new NewMails({ user: me.id, project })
  }

  /** The address of the open ticket, if one is open. */
  get open(): Extract<Route, { name: 'ticket' }> | null {
    return router.route.name === 'ticket' ? router.route : null
  }

  /** The open ticket, unless the desk no longer has it. */
  get openTicket(): Ticket | undefined {
    return this.open && !this.gone.has(this.open.number) ? tickets.byNumber(this.open.number) : undefined
  }

  /** Whether tickets are listed, and not the drafts or another part of the page. */
  get #showsList(): boolean {
    return !router.isDrafts && ['queue', 'view', 'ticket'].includes(router.route.name)
  }

  /** Reads what the first list needs: Next up asks for the agent's roles, a saved view for its filters. */
  async start() {
    const of = { params: { path: { project_id: this.project.id } } }
    const [members, roles, views] = await Promise.all([
      followAll(read(api.GET('/api/projects/{project_id}/members', of))),
      followAll(read(api.GET('/api/projects/{project_id}/roles', of))),
      followAll(read(api.GET('/api/projects/{project_id}/conversations/views', of))),
    ])
    Object.assign(this, { members, roles, views })
  }

  /** Starts to ask for news; the answer ends it. */
  watch(): () => void {
    this.counts.renew()
    const readAgain = setInterval(() => void this.#readInView().catch(() => {}), IN_VIEW_MS)
    const stop = sync.start(
      this.project.id,
      () => this.#watched(),
      (answer) => this.#arrived(answer),
    )
    return () => {
      clearInterval(readAgain)
      stop()
    }
  }

  /** Reads the rows on screen again: sync shows neither what a colleague has read nor what was deleted. */
  async #readInView() {
    const list = this.list
    const ids = list?.inView ?? []
    if (!list || ids.length === 0 || document.hidden || sync.failingSince !== null) return
    const found = await send<Page<Ticket>>({ method: 'GET', path: this.path(`tickets/?limit=${ids.length}&ids=${ids.join(',')}`) })
    for (const ticket of found.results) tickets.take(ticket)
    const there = new Set(found.results.map(({ id }) => id))
    if (!found.next) for (const id of ids) if (!there.has(id)) this.forgetGone(id)
  }

  #watched(): Omit<SyncAsked, 'since'> {
    const filter = writeFilter(this.list?.plan.watch ?? {})
    const opened = this.openTicket
    const id = opened?.id
    // The tab that is used says what the agent looks at; a hidden page is not looked at.
    const state = sync.isLeader ? { viewing: null, replying: false } : null
    this.#asked = id ?? null
    if (id === undefined) return { filter, open: null, state }
    const thread = this.thread?.ticket === id ? this.thread : null
    const open = {
      id,
      ...(this.#openVersion?.id === id && { version: this.#openVersion.version }),
      ...(thread?.lastEntryAt && { last_entry_at: thread.lastEntryAt }),
    }
    const isSeen = sync.isLeader && !document.hidden
    return { filter, open, state: isSeen ? { viewing: id, replying: thread?.isReplying ?? false } : state }
  }

  /** Shows the list that the address names; one that was shown before comes back as it was. */
  show() {
    const { filter } = this.shown
    const name = writeFilter(filter)
    const known = this.#lists.get(name)
    const list = known ?? new TicketList(this.project.id, planFor(filter, { user: this.me.id, roles: this.roles }))
    this.#lists.delete(name)
    this.#lists.set(name, list)
    const oldest = this.#lists.keys().next().value
    if (this.#lists.size > LISTS_KEPT && oldest !== undefined) {
      this.#lists.get(oldest)?.close()
      this.#lists.delete(oldest)
    }
    this.list = list
    if (Date.now() - (list.loadedAt ?? 0) > STALE_MS) void list.load()
  }

  /** How many stand before the open ticket in the queue; null outside the queue. */
  get aheadInLine(): number | null {
    const id = this.openTicket?.id
    if (!this.list?.plan.isQueue || id === undefined) return null
    const at = this.list.rows.indexOf(id)
    return at < 0 ? null : at
  }

  /** Opens the next ticket of the queue, and takes it if the agent chose so. */
  async openNextUp() {
    if (!this.list?.plan.isQueue) {
      router.go({ name: 'queue', project: this.project.id, filters: '' })
      this.show()
      await this.list?.load()
    }
    const rows = this.list?.rows ?? []
    const next = tickets.get(rows[(this.aheadInLine ?? -1) + 1] ?? '')
    if (!next) return void toasts.show(t.list.nextUpDone)
    // Who is on a row of the list stays there, and goes with it.
    if (document.activeElement?.closest('[data-row]')) this.openNumber(next.ticket_number)
    else this.leadTo(next.ticket_number)
    if (preferences.takeNext && next.assignee == null) this.change(next, { assignee: { type: 'user', id: this.me.id } })
  }

  /** Goes on after a ticket was put aside, as the agent chose: to the next one, to the list, or nowhere. */
  goOn(id: string) {
    if (this.openTicket?.id !== id || preferences.afterResolve === 'stay') return
    const rows = this.list?.rows ?? []
    const following = rows.slice(rows.indexOf(id) + 1).find((row) => !this.list?.hasLeft(row))
    const next = preferences.afterResolve === 'next' && rows.includes(id) ? tickets.get(following ?? '') : undefined
    if (next) this.openNumber(next.ticket_number)
    else this.backToList()
  }

  focusList() {
    this.#focusesListSince = Date.now()
  }

  /** Whether this list, or the drafts in its place, is to take the focus now; asked once. What comes late no longer takes it from elsewhere. */
  takesFocus(list: TicketList | 'drafts'): boolean {
    const since = this.#focusesListSince
    if (since === null || (list !== 'drafts' && this.#lists.get(writeFilter(this.shown.filter)) !== list)) return false
    this.#focusesListSince = null
    return Date.now() - since < FOCUS_WITHIN_MS
  }

  openNumber(number: number, how: { replace?: boolean } = {}) {
    router.go({ name: 'ticket', project: this.project.id, number, panel: null, message: null }, how)
  }

  /** Leads to a ticket that was not chosen in the list. Its thread takes the focus, since the next key would mean the row that has it. */
  leadTo(number: number) {
    this.#focusesListSince = null
    this.openNumber(number)
    void tick().then(() => document.querySelector<HTMLElement>('[data-region=thread]')?.focus())
  }

  /** Shows the list as it was before something was searched in it. */
  leaveSearch() {
    const { search: _, ...others } = this.shown.filter
    this.focusList()
    this.shown.show(others, { replace: true })
  }

  backToList() {
    this.focusList()
    router.go(readAddress(new URL(router.list || `/inbox/${this.project.id}`, location.origin)))
  }

  /**
   * Makes a change of one ticket: shown at once, sent in its turn, lifted off again if it is refused. It can be undone;
   * the undo is a change too, which stops where someone else has changed the field since.
   */
  change(ticket: Ticket, change: TicketChange, refused: (why: Refused) => void = sayWhy) {
    const back = reverse(tickets.get(ticket.id) ?? ticket, change)
    const isLeft = putsAside(change) && this.openTicket?.id === ticket.id
    if (isLeft) this.goOn(ticket.id)
    this.#put(ticket, change, {}, (_verdict, why) => refused(why))
    undo.offer(describe(change, this.members, this.roles), () => {
      // Back to where it was done, or the next key would meet another ticket.
      if (isLeft) this.leadTo(ticket.ticket_number)
      const { cc_participants: made } = change
      const now = tickets.get(ticket.id)?.cc_participants
      if (made && back.cc_participants && now) back.cc_participants = participantsBack(back.cc_participants, made, now)
      const expect = comparable(change)
      this.#put(ticket, back, Object.keys(expect).length > 0 ? { expect } : {}, (verdict, why) => {
        if (verdict.is !== 'changed') return sayWhy(why)
        void this.#sayNotUndone(why, () => this.#put(ticket, back, {}, (_, said) => sayWhy(said)))
      })
    })
  }

  /** Nothing was undone, since someone else has changed it since; the agent may do so all the same. */
  async #sayNotUndone({ detail, body }: Refused, run: () => void) {
    const words = await import('./overtaken.ts').then(({ overtaken }) => overtaken(body, { members: this.members, roles: this.roles, now: Date.now() })).catch(() => null)
    toasts.show(t.done.notUndone(words ?? detail), { label: t.done.anyway, run })
  }

  #put(ticket: Ticket, change: TicketChange, more: { expect?: TicketChange }, refused: (verdict: Verdict, why: Refused) => void) {
    const command = crypto.randomUUID()
    const assignee = change.assignee === undefined ? {} : { assignee: asShown(change.assignee, this.members, this.roles) }
    tickets.lay(ticket.id, { command, change, ...assignee })
    outbox.put({
      key: command,
      lane: ticket.id,
      request: { method: 'PATCH', path: this.path(`tickets/${ticket.id}/`), body: { ...change, ...more } },
      done: (answer) => {
        tickets.take(answer as Ticket)
        tickets.settle(ticket.id, command)
        sync.now()
      },
      dropped: () => {
        tickets.settle(ticket.id, command)
        sync.now()
      },
      refused: (verdict, error) => {
        tickets.settle(ticket.id, command)
        if (verdict.is === 'gone') this.forgetGone(ticket.id)
        if (verdict.is === 'changed') sync.now()
        if (error instanceof ApiError) refused(verdict, { detail: whyNot(verdict, ticket) ?? error.message, attr: error.attr, body: error.body })
      },
    })
  }

  /** A ticket that the desk no longer has: its row goes, and the thread says so. */
  forgetGone(id: string) {
    const number = tickets.get(id)?.ticket_number
    if (number !== undefined && !this.gone.has(number)) this.gone = new Set([...this.gone, number])
    for (const list of this.#lists.values()) list.drop(id)
  }

  /** Opens a ticket with a quick action's text in its composer. */
  write(ticket: Ticket, action: QuickAction) {
    this.asked = { ticket: ticket.id, action }
    this.openNumber(ticket.ticket_number)
  }

  /** Finds a ticket by its number. This marks nothing as read. */
  async find(number: number): Promise<Ticket | undefined> {
    const known = tickets.byNumber(number)
    if (known) return known
    const page = await send<{ results: Ticket[] }>({ method: 'GET', path: this.path(`tickets/?limit=1&search=${number}`) })
    const found = page.results.find((ticket) => ticket.ticket_number === number)
    if (found) tickets.take(found)
    return found
  }

  /** Follows what is kept of drafts; the answer ends it. */
  watchDrafts(): () => void {
    const read = () => void drafts.unsent(this.me.id, this.project.id).then((all) => (this.drafts = all), () => {})
    read()
    return drafts.watch(read)
  }

  /** Whether anybody has ever written to this desk. */
  async hasTickets(): Promise<boolean> {
    const page = await send<Page<Ticket>>({ method: 'GET', path: this.path('tickets/?limit=1') })
    return page.results.length > 0
  }

  /** Tells the desk that the team has read a ticket. */
  async markRead(id: string) {
    tickets.take(await send<Ticket>({ method: 'GET', path: this.path(`tickets/${id}/`) }))
    sync.now()
  }

  /** A path of this project's API. */
  path(rest: string): string {
    return `/api/projects/${this.project.id}/conversations/${rest}`
  }

  #arrived({ tickets: told, open, more, isPlaced }: Heard) {
    this.heard?.(told.map(({ ticket }) => ticket))
    const id = this.openTicket?.id
    const before = id === undefined ? undefined : tickets.said(id)
    if (open == null && this.#asked !== null) this.forgetGone(this.#asked)
    if (open?.ticket) tickets.take(open.ticket)
    if (open && id !== undefined && (open.ticket === null || open.ticket.id === id)) {
      const isNext = this.#openVersion?.id === id && this.#openVersion.version !== open.version
      this.#openVersion = { id, version: open.version }
      const thread = this.thread?.ticket === id ? this.thread : null
      if (open.messages.length > 0) thread?.arrive(open.messages)
      else if (isNext && open.ticket && before && isAlike(before, open.ticket)) void thread?.readAgain()
      if (open.more) sync.now()
    }
    if ((told.length > 0 || more) && !document.hidden) this.counts.renew()
    if (more) void this.list?.load()
    else if (isPlaced) this.list?.arrive(told.map(({ ticket, matches }) => ({ id: ticket.id, matches })))
  }
}

/** The words for what no try would mend. */
function whyNot({ is }: Verdict, { ticket_number: number }: Ticket): string | null {
  if (is === 'gone') return t.done.gone(number)
  if (is === 'forbidden') return t.done.forbidden
  return is === 'too-long' ? t.done.tooLong : null
}

/** A ticket whose version moved while nothing of it did has another note. */
const isAlike = (before: Ticket, now: Ticket): boolean =>
  before.updated_at === now.updated_at &&
  before.unread_team_count === now.unread_team_count &&
  before.unread_customer_count === now.unread_customer_count

const KEY = Symbol('desk')
export const provideDesk = (desk: Desk): Desk => setContext(KEY, desk)
export const useDesk = (): Desk => getContext<Desk>(KEY)
