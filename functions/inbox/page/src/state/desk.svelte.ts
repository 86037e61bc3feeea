import { getContext, setContext } from 'svelte'
import { api, read, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { Me, Member, Message, Page, Role, SyncAnswer, SyncAsked, Ticket, TicketChange, View } from '../api/types.ts'
import { TicketList } from '../list/list.svelte.ts'
import { planFor, writeFilter } from '../list/plan.ts'
import { readAddress, type Route } from '../routes.ts'
import { meanwhile } from '../thread/activity.ts'
import { t } from '../messages/index.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { Verdict } from './answers.ts'
import { asShown } from './assignee.ts'
import { describe, reverse } from './changes.ts'
import { drafts } from './drafts.ts'
import { Counts } from './counts.svelte.ts'
import { preferences } from './preferences.svelte.ts'
import { outbox } from './outbox.svelte.ts'
import { router } from './router.svelte.ts'
import { Shown } from './shown.svelte.ts'
import { sync } from './sync.svelte.ts'
import { tickets } from './tickets.svelte.ts'
import { undo } from './undo.svelte.ts'

export type Refused = { detail: string; attr: string | null }

/** The thread on screen: what it has, so that sync brings what is behind that. */
export type OpenThread = { ticket: string; lastEntryAt: string | null; isReplying: boolean; arrive: (messages: Message[]) => void }

const sayWhy = ({ detail }: Refused) => void toasts.show(detail)

const LISTS_KEPT = 6
const IN_VIEW_MS = 60_000
const STALE_MS = 15_000

/** One project as this agent works in it: its lists, its open ticket, and the changes on their way. */
export class Desk {
  readonly me: Me['user']
  readonly project: Me['projects'][number]
  members = $state.raw<Member[]>([])
  roles = $state.raw<Role[]>([])
  views = $state.raw<View[]>([])
  readonly counts: Counts
  readonly shown = new Shown(() => this.views)
  list = $state.raw<TicketList | null>(null)
  /** The tickets to which this agent has begun to write. */
  drafted = $state.raw<ReadonlySet<string>>(new Set())
  /** Where each list was scrolled to, by its address. */
  readonly scrolls = new Map<string, number>()
  /** Set by the thread that is shown. */
  thread: OpenThread | null = null
  /** Called with the tickets that sync brought. */
  heard: ((tickets: readonly Ticket[]) => void) | null = null
  #openVersion: { id: string; version: number } | null = null
  #lists = new Map<string, TicketList>()

  constructor(me: Me['user'], project: Me['projects'][number]) {
    this.me = me
    this.project = project
    this.counts = new Counts(this.path('views/counts/'))
  }

  /** The address of the open ticket, if one is open. */
  get open(): Extract<Route, { name: 'ticket' }> | null {
    return router.route.name === 'ticket' ? router.route : null
  }

  get openTicket(): Ticket | undefined {
    return this.open ? tickets.byNumber(this.open.number) : undefined
  }

  /** Reads what the first list needs: Next up asks for the agent's roles, a saved view for its filters. */
  async start() {
    const of = { params: { path: { project_id: this.project.id } } }
    const [members, roles, views] = await Promise.all([
      read(api.GET('/api/projects/{project_id}/members', of)),
      read(api.GET('/api/projects/{project_id}/roles', of)),
      read(api.GET('/api/projects/{project_id}/conversations/views', of)),
    ])
    this.views = views.results
    this.members = members.results
    this.roles = roles.results
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
    if (!found.next) for (const id of ids) if (!there.has(id)) list.drop(id)
  }

  #watched(): Omit<SyncAsked, 'since'> {
    const filter = writeFilter(this.list?.plan.watch ?? {})
    const id = this.openTicket?.id
    if (id === undefined) return { filter, open: null, state: { viewing: null, replying: false } }
    const thread = this.thread?.ticket === id ? this.thread : null
    const open = {
      id,
      ...(this.#openVersion?.id === id && { version: this.#openVersion.version }),
      ...(thread?.lastEntryAt && { last_entry_at: thread.lastEntryAt }),
    }
    return { filter, open, state: { viewing: id, replying: thread?.isReplying ?? false } }
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
    this.openNumber(next.ticket_number)
    if (preferences.takeNext && next.assignee == null) this.change(next, { assignee: { type: 'user', id: this.me.id } })
  }

  /** Goes on after a ticket was resolved, as the agent chose: to the next one, to the list, or nowhere. */
  leaveResolved(id: string) {
    if (this.openTicket?.id !== id || preferences.afterResolve === 'stay') return
    const rows = this.list?.rows ?? []
    const following = rows.slice(rows.indexOf(id) + 1).find((row) => !this.list?.hasLeft(row))
    const next = preferences.afterResolve === 'next' && rows.includes(id) ? tickets.get(following ?? '') : undefined
    if (next) this.openNumber(next.ticket_number)
    else this.backToList()
  }

  openNumber(number: number, how: { replace?: boolean } = {}) {
    router.go({ name: 'ticket', project: this.project.id, number, panel: null, message: null }, how)
  }

  backToList() {
    router.go(readAddress(new URL(router.list || `/inbox/${this.project.id}`, location.origin)))
  }

  /**
   * Makes a change of one ticket: shown at once, sent in its turn, lifted off again if it is refused. It can be undone;
   * the undo is a change too, which stops where someone else has changed the field since.
   */
  change(ticket: Ticket, change: TicketChange, refused: (why: Refused) => void = sayWhy) {
    const back = reverse(tickets.get(ticket.id) ?? ticket, change)
    if (change.status === 'resolved') this.leaveResolved(ticket.id)
    this.#put(ticket, change, {}, (_verdict, why) => refused(why))
    undo.offer(describe(change, this.members, this.roles), () =>
      this.#put(ticket, back, { expect: change }, (verdict, why) => {
        if (verdict.is !== 'changed') return sayWhy(why)
        toasts.show(t.done.notUndone(why.detail), { label: t.done.anyway, run: () => this.#put(ticket, back, {}, (_, said) => sayWhy(said)) })
      }),
    )
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
      refused: (verdict, error) => {
        tickets.settle(ticket.id, command)
        if (verdict.is === 'gone') this.list?.drop(ticket.id)
        if (verdict.is === 'changed') sync.now()
        if (!(error instanceof ApiError)) return
        const by = verdict.is === 'changed' ? meanwhile(error.body, this, Date.now()) : null
        refused(verdict, { detail: by ?? error.message, attr: error.attr })
      },
    })
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

  async readDrafts() {
    const unsent = await drafts.unsent(this.me.id, this.project.id)
    this.drafted = new Set(unsent.map(({ ticket }) => ticket))
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

  #arrived(answer: SyncAnswer) {
    const { open } = answer
    this.heard?.(answer.tickets.map(({ ticket }) => ticket))
    const id = this.openTicket?.id
    if (open?.ticket) tickets.take(open.ticket)
    if (open && id !== undefined && (open.ticket === null || open.ticket.id === id)) {
      this.#openVersion = { id, version: open.version }
      if (open.messages.length > 0 && this.thread?.ticket === id) this.thread.arrive(open.messages)
      if (open.more) sync.now()
    }
    if (answer.tickets.length > 0 || answer.more) this.counts.renew()
    if (answer.more) void this.list?.load()
    else this.list?.arrive(answer.tickets.map(({ ticket, matches }) => ({ id: ticket.id, matches })))
  }
}

const KEY = Symbol('desk')
export const provideDesk = (desk: Desk): Desk => setContext(KEY, desk)
export const useDesk = (): Desk => getContext<Desk>(KEY)
