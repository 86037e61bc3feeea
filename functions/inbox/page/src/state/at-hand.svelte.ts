// Which ticket a key means, in one place: what is selected; else the open ticket, unless the list was used since that was opened
// or used, and then the row that was used there. The page marks it, and a key that means a row out of view only shows that row.
import type { Ticket } from '../api/types.ts'
import { tickets } from './tickets.svelte.ts'

export type Target = { is: 'selection'; ids: readonly string[] } | { is: 'ticket'; ticket: Ticket }

type Around = {
  open: () => Ticket | undefined
  selected: () => ReadonlySet<string>
  /** Whether the list that is shown has this row. */
  isListed: (id: string) => boolean
}

export class AtHand {
  #around: Around
  #row = $state.raw<string | null>(null)

  constructor(around: Around) {
    this.#around = around
  }

  /** The row of a list was used, by key or by pointer. */
  useRow(id: string) {
    this.#row = id === this.#around.open()?.id ? null : id
  }

  /** The open ticket was opened or used. */
  useOpen() {
    this.#row = null
  }

  get target(): Target | null {
    const ids = [...this.#around.selected()]
    if (ids.length > 0) return { is: 'selection', ids }
    const row = this.#row !== null && this.#around.isListed(this.#row) ? tickets.get(this.#row) : undefined
    const ticket = row ?? this.#around.open()
    return ticket ? { is: 'ticket', ticket } : null
  }

  /** The one ticket that keys mean, also if it is selected alone; undefined where there are several or none. */
  get ticket(): Ticket | undefined {
    const { target } = this
    if (target?.is === 'ticket') return target.ticket
    return target?.ids.length === 1 ? tickets.get(target.ids[0]!) : undefined
  }

  /** Whether keys mean the open ticket. */
  get isOpen(): boolean {
    const { ticket } = this
    return ticket !== undefined && ticket.id === this.#around.open()?.id
  }

  /** Whether the row that keys mean is in view, if they mean a row. One that was scrolled away is brought back. */
  show(): boolean {
    const { target } = this
    if (target?.is !== 'ticket' || this.isOpen) return true
    const row = document.querySelector<HTMLElement>(`[data-row="${target.ticket.id}"]`)
    const list = row?.closest('[role=grid], ul')
    if (!row?.checkVisibility() || !list) return false
    const [own, view] = [row.getBoundingClientRect(), list.getBoundingClientRect()]
    const middle = (own.top + own.bottom) / 2
    if (middle > view.top && middle < view.bottom) return true
    row.focus({ preventScroll: true })
    row.scrollIntoView({ block: 'nearest' })
    return false
  }
}
