import dotted from '../icon-dot.svg?url'
import plain from '../icon.svg?url'
import type { Ticket } from '../api/types.ts'
import { t } from '../messages/index.ts'
import { customerOf } from '../state/customer.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { preferences } from '../state/preferences.svelte.ts'
import { sync } from '../state/sync.svelte.ts'
import { tickets } from '../state/tickets.svelte.ts'
import { isQuiet, look, newsOf, type Before, type Kind, type Whose } from './news.ts'
import { tone } from './tone.ts'

const MINUTE_MS = 60_000

/** Tells the agent what concerns them, while they look elsewhere. Of all tabs, only the one that asks the desk notifies. */
export class Notifier {
  readonly #desk: Desk
  #known = new Map<string, Before>()
  #startedAt = Date.now()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  get #whose(): Whose {
    return { me: this.#desk.me.id, roles: this.#desk.roles }
  }

  /** Puts the desk's own count of what is unread into the title, and a dot onto the icon. */
  showCount() {
    const count = sync.unread ?? 0
    document.title = t.notify.title(count, t.product)
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon) icon.href = count > 0 ? dotted : plain
  }

  /** Starts to look at what sync brings; the answer ends it. */
  watch(): () => void {
    this.#startedAt = Date.now()
    this.#desk.heard = (arrived) => this.#hear(arrived)
    const timer = setInterval(() => this.#lookAtDeadlines(), MINUTE_MS)
    const unlock = () => preferences.notifications.sound && tone.unlock()
    const stop = new AbortController()
    for (const used of ['pointerdown', 'keydown']) addEventListener(used, unlock, { once: true, signal: stop.signal })
    const stopWanting = $effect.root(() => {
      $effect(() => {
        const { desktop, sound } = preferences.notifications
        sync.notifies = sound || (desktop && permission() === 'granted')
      })
    })
    return () => {
      this.#desk.heard = null
      clearInterval(timer)
      stop.abort()
      stopWanting()
      sync.notifies = false
    }
  }

  #hear(arrived: readonly Ticket[]) {
    for (const ticket of arrived) this.#tell(ticket)
  }

  /** Time alone brings a deadline near. */
  #lookAtDeadlines() {
    for (const id of this.#known.keys()) {
      const ticket = tickets.get(id)
      if (ticket) this.#tell(ticket)
    }
  }

  #tell(ticket: Ticket) {
    const now = Date.now()
    const before = this.#known.get(ticket.id) ?? this.#untilNow(ticket)
    this.#known.set(ticket.id, look(ticket, now))
    const kind = newsOf(ticket, before, this.#whose, now)
    if (kind !== null && sync.isLeader && !this.#isInView(ticket) && !isQuiet(preferences.notifications, new Date(now))) notify(this.#desk, ticket, kind)
  }

  /** A ticket that comes up for the first time is new only if it was filed since the page began to look. */
  #untilNow(ticket: Ticket): Before | undefined {
    if (Date.parse(ticket.created_at) > this.#startedAt) return undefined
    const isNews = ticket.last_message_at != null && Date.parse(ticket.last_message_at) > this.#startedAt
    return { unread: isNews ? ticket.unread_team_count - 1 : ticket.unread_team_count, isAtRisk: false }
  }

  #isInView = (ticket: Ticket) => !document.hidden && document.hasFocus() && this.#desk.openTicket?.id === ticket.id
}

export const permission = (): NotificationPermission | 'none' => ('Notification' in window ? Notification.permission : 'none')

function notify(desk: Desk, ticket: Ticket, kind: Kind) {
  const { sound, volume, desktop, text } = preferences.notifications
  if (sound) tone.play(volume)
  if (!desktop || permission() !== 'granted') return
  const name = customerOf(ticket)
  const title = text ? t.notify[kind](name) : t.notify.hidden(ticket.ticket_number)
  const body = text ? (ticket.last_message_text ?? '') : ''
  // One for each ticket: a later one takes the place of the one before.
  const shown = new Notification(title, { body, tag: `${desk.project.id} ${ticket.id}`, icon: plain })
  shown.onclick = () => {
    window.focus()
    desk.openNumber(ticket.ticket_number)
    shown.close()
  }
}
