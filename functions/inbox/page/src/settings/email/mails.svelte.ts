// Mails that arrived, page by page, with the numbers of their tickets.
import { SvelteMap } from 'svelte/reactivity'
import { send } from '../../api/client.ts'
import type { components } from '../../api/schema.gen.ts'
import type { Page, Ticket } from '../../api/types.ts'
import { Pages } from '../../sidebar/pages.svelte.ts'
import type { Desk } from '../../state/desk.svelte.ts'

export type Mail = components['schemas']['InboundBody']
export type MailState = components['schemas']['MailState']

/** The most ids that the desk takes at once. */
const ASKED_AT_ONCE = 100

export class Mails {
  readonly pages: Pages<Mail>
  readonly numbers = new SvelteMap<string, number>()
  readonly #desk: Desk

  constructor(desk: Desk, filter: { state?: MailState | ''; from?: string }) {
    const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')
    this.#desk = desk
    this.pages = new Pages(desk.path(`email/inbound/?${new URLSearchParams({ limit: '50', ...Object.fromEntries(given) })}`))
  }

  async load() {
    await this.pages.load()
    await this.#name()
  }

  async more() {
    await this.pages.more()
    await this.#name()
  }

  /** A list is readable without numbers; a ticket that was deleted has none. */
  async #name() {
    const unnamed = [...new Set(this.pages.rows.map(({ ticket }) => ticket))].filter((id) => id != null).filter((id) => !this.numbers.has(id))
    for (let at = 0; at < unnamed.length; at += ASKED_AT_ONCE) {
      const ids = unnamed.slice(at, at + ASKED_AT_ONCE)
      const path = this.#desk.path(`tickets/?limit=${ids.length}&persons=false&ids=${ids.join(',')}`)
      const found = await send<Page<Ticket>>({ method: 'GET', path }).catch(() => null)
      for (const { id, ticket_number: number } of found?.results ?? []) this.numbers.set(id, number)
    }
  }
}
