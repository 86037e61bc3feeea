// Messages from the press of the button until the desk confirms them. Each is kept in the browser's database all the
// while, so that no reload, crash or lost session costs a word.
import { SvelteMap } from 'svelte/reactivity'
import { send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { Message, Ticket, TicketChange } from '../api/types.ts'
import { richContent } from '../composer/markdown.ts'
import { t } from '../messages/later.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { Verdict } from './answers.ts'
import { asShown } from './assignee.ts'
import type { Desk } from './desk.svelte.ts'
import { drafts, type Unsent } from './drafts.ts'
import { liveDrafts, type Notice } from './drafts-live.svelte.ts'
import { bodyOf, changesOf, fitsKeepalive, waitsForWord, type Standing } from './outbox-rules.ts'
import { outbox } from './outbox.svelte.ts'
import { sync } from './sync.svelte.ts'
import { tickets } from './tickets.svelte.ts'

export type Reply = {
  unsent: Unsent
  /** It can be taken back, waits for the agent's word, or is the outbox's. */
  stage: 'undoable' | 'held' | 'sending'
  /** The page was left while it was on its way, so nobody knows how that ended. */
  isUncertain?: boolean
}

const lock = (key: string) => `lambdesk.send.${key}`

class Replies {
  #desk: Desk | null = null
  #all = new SvelteMap<string, Reply>()
  #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #unlocks = new Map<string, () => void>()

  constructor() {
    addEventListener('pagehide', () => this.flush())
    document.addEventListener('visibilitychange', () => document.hidden && this.flush())
  }

  /** Takes up what was on its way when the page was left. */
  async start(desk: Desk) {
    if (this.#desk === desk) return
    this.#desk = desk
    for (const unsent of await drafts.onTheirWay(desk.me.id, desk.project.id)) {
      if (this.#all.has(unsent.key) || !(await this.#claim(unsent.key))) continue
      this.#all.set(unsent.key, { unsent, stage: 'held', isUncertain: true })
      if (!waitsForWord(unsent, Date.now())) this.sendNow(unsent.key)
    }
  }

  /** What one ticket waits for, in the order of pressing. */
  of(ticket: string): Reply[] {
    return [...this.#all.values()].filter(({ unsent }) => unsent.ticket === ticket)
  }

  /** All that is on its way or waits for the agent's word, in the order of pressing. */
  get all(): Reply[] {
    return [...this.#all.values()]
  }

  /** How it stands in the outbox. */
  standing(key: string): Standing | undefined {
    return outbox.standing.get(key)
  }

  /** The agent pressed the button. */
  press(unsent: Unsent) {
    const draft = liveDrafts.of(unsent)
    draft.clear()
    void drafts.press(unsent).then(
      () => draft.saved(),
      () => {},
    )
    void this.#claim(unsent.key)
    this.#all.set(unsent.key, { unsent, stage: 'undoable' })
    this.#timers.set(unsent.key, setTimeout(() => this.sendNow(unsent.key), unsent.notBefore - Date.now()))
  }

  /** Does not wait any longer. */
  sendNow(key: string, keepalive = false) {
    const reply = this.#all.get(key)
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
    if (!reply || !this.#desk) return
    if (reply.stage === 'sending') return outbox.hurry()
    this.#all.set(key, { ...reply, stage: 'sending' })
    this.#send(this.#desk, reply.unsent, keepalive)
  }

  /** The message becomes a draft again. Answers false if it is on its way this very moment. */
  async takeBack(key: string): Promise<boolean> {
    const reply = this.#all.get(key)
    if (!reply) return false
    const attempts = reply.stage === 'sending' ? outbox.withdraw(key) : reply.stage === 'held' ? 1 : 0
    if (attempts === null) return false
    const wasTried = attempts > 0
    tickets.settle(reply.unsent.ticket, key)
    await this.#toDraft(reply.unsent, wasTried ? { is: 'perhaps' } : null, wasTried ? reply.unsent : null)
    if (wasTried) sync.now()
    return true
  }

  /** The page is hidden, and may never be seen again. */
  flush() {
    for (const [key, { stage, unsent }] of this.#all)
      if (stage === 'undoable') this.sendNow(key, fitsKeepalive(JSON.stringify(bodyOf(unsent, richContent(unsent.text)))))
  }

  #send(desk: Desk, unsent: Unsent, keepalive: boolean) {
    const { key, ticket } = unsent
    const known = tickets.get(ticket)
    if (known) this.#show(desk, known, unsent)
    outbox.put({
      key,
      lane: ticket,
      request: { method: 'POST', path: desk.path(`tickets/${ticket}/reply/`), body: bodyOf(unsent, richContent(unsent.text)), keepalive },
      done: (answer) => void this.#done(desk, unsent, answer as Message),
      refused: (verdict, error) => void this.#refused(desk, unsent, verdict, error),
      held: () => this.#hold(unsent),
    })
  }

  /** Lays the changes over the ticket until the desk has confirmed them. */
  #show(desk: Desk, ticket: Ticket, unsent: Unsent) {
    const changes = changesOf(unsent)
    if (Object.keys(changes).length === 0) return
    const change: TicketChange = { ...changes, ...(changes.tags && { tags: [...new Set([...ticket.tags, ...changes.tags])] }) }
    const assignee = changes.assignee === undefined ? {} : { assignee: asShown(changes.assignee, desk.members, desk.roles) }
    tickets.lay(unsent.ticket, { command: unsent.key, change, ...assignee })
  }

  #hold(unsent: Unsent): boolean {
    if (!waitsForWord(unsent, Date.now())) return false
    tickets.settle(unsent.ticket, unsent.key)
    this.#all.set(unsent.key, { unsent, stage: 'held' })
    return true
  }

  async #done(desk: Desk, unsent: Unsent, message: Message) {
    void drafts.confirm(unsent.key).catch(() => {})
    if (desk.thread?.ticket === unsent.ticket) desk.thread.arrive([message])
    this.#forget(unsent.key)
    await this.#readAnew(desk, unsent.ticket)
    tickets.settle(unsent.ticket, unsent.key)
    sync.now()
  }

  /** The answer has the message; what the ticket is now has to be asked. */
  async #readAnew(desk: Desk, ticket: string) {
    const answer = await send<{ results: Ticket[] }>({ method: 'GET', path: desk.path(`tickets/?limit=1&ids=${ticket}`) }).catch(() => null)
    if (answer?.results[0]) tickets.take(answer.results[0])
  }

  async #refused(desk: Desk, unsent: Unsent, verdict: Exclude<Verdict, { is: 'retry' }>, error: unknown) {
    tickets.settle(unsent.ticket, unsent.key)
    const notice = noticeOf(unsent, verdict, error)
    if (notice.is === 'newer' && desk.thread?.ticket === unsent.ticket) desk.thread.arrive(notice.newer)
    if (verdict.is === 'gone') desk.list?.drop(unsent.ticket)
    await this.#toDraft(unsent, notice, null)
    sync.now()
    if (desk.openTicket?.id !== unsent.ticket)
      toasts.show(t.outbox.notSent(unsent.number), { label: t.outbox.open, run: () => desk.openNumber(unsent.number) })
  }

  async #toDraft(unsent: Unsent, notice: Notice | null, tried: Unsent | null) {
    clearTimeout(this.#timers.get(unsent.key))
    this.#timers.delete(unsent.key)
    const back = liveDrafts.of(unsent).takeBack(unsent, notice, tried)
    this.#forget(unsent.key)
    await back.catch(() => {})
  }

  #forget(key: string) {
    this.#all.delete(key)
    this.#unlocks.get(key)?.()
    this.#unlocks.delete(key)
  }

  /** One tab sends a message. Answers whether it is this one. */
  #claim(key: string): Promise<boolean> {
    return new Promise((resolve) => {
      void navigator.locks.request(lock(key), { ifAvailable: true }, (held) => {
        resolve(held !== null)
        if (held !== null) return new Promise<void>((unlock) => this.#unlocks.set(key, unlock))
        return undefined
      })
    })
  }
}

function noticeOf(unsent: Unsent, verdict: Exclude<Verdict, { is: 'retry' }>, error: unknown): Notice {
  const detail = error instanceof ApiError ? error.message : t.errors.failed
  if (verdict.is === 'newer' && error instanceof ApiError) {
    return { is: 'newer', newer: (error.body['newer'] as Message[] | null | undefined) ?? [], unsent }
  }
  if (verdict.is === 'forbidden' || verdict.is === 'gone' || verdict.is === 'too-long') return { is: verdict.is, detail }
  return { is: 'refused', detail }
}

export const replies = new Replies()
