import { SvelteMap } from 'svelte/reactivity'
import type { Assignee, Ticket, TicketChange } from '../api/types.ts'

/** A change that the desk has not confirmed yet. */
type Pending = { command: string; change: TicketChange; assignee?: Assignee | null }

/**
 * The tickets that this tab knows, each as the desk last said, with the agent's own unconfirmed changes laid over it. A
 * change that is refused is lifted off again, and nothing else moves.
 */
class Tickets {
  #said = new SvelteMap<string, Ticket>()
  #pending = new SvelteMap<string, Pending[]>()
  #ids = new SvelteMap<number, string>()

  get(id: string): Ticket | undefined {
    const said = this.#said.get(id)
    const pending = this.#pending.get(id)
    if (!said || !pending) return said
    return pending.reduce(overlay, said)
  }

  /** Whether a change of this field is not confirmed yet. */
  isPending(id: string, field: keyof TicketChange): boolean {
    return this.#pending.get(id)?.some(({ change }) => change[field] !== undefined) ?? false
  }

  /** As the desk last said, without what this tab has changed since. */
  said(id: string): Ticket | undefined {
    return this.#said.get(id)
  }

  byNumber(number: number): Ticket | undefined {
    const id = this.#ids.get(number)
    return id === undefined ? undefined : this.get(id)
  }

  /** Takes what the desk says, unless it is older than what is known. Answers whether it was news. */
  take(ticket: Ticket): boolean {
    const known = this.#said.get(ticket.id)
    if (known && isNoNews(known, ticket)) return false
    // An answer without the person keeps the one that is known.
    const person = ticket.person === undefined ? known?.person : ticket.person
    this.#said.set(ticket.id, person === undefined ? ticket : { ...ticket, person })
    if (!known) this.#ids.set(ticket.ticket_number, ticket.id)
    return true
  }

  forget(id: string) {
    const known = this.#said.get(id)
    if (known) this.#ids.delete(known.ticket_number)
    this.#said.delete(id)
    this.#pending.delete(id)
  }

  /** Shows a change at once, until `settle` says how it went. */
  lay(id: string, pending: Pending) {
    this.#pending.set(id, [...(this.#pending.get(id) ?? []), pending])
  }

  /** The desk confirmed (the ticket has been taken) or refused: the change is lifted off. */
  settle(id: string, command: string) {
    const rest = (this.#pending.get(id) ?? []).filter((pending) => pending.command !== command)
    if (rest.length > 0) this.#pending.set(id, rest)
    else this.#pending.delete(id)
  }
}

function overlay(ticket: Ticket, { change, assignee }: Pending): Ticket {
  const { assignee: _, sla_due_at: due, ...plain } = change
  const changed: Ticket = { ...ticket, ...plain }
  if (assignee !== undefined) changed.assignee = assignee
  if (due !== undefined) changed.sla = { ...ticket.sla, due_at: due }
  return changed
}

function isNoNews(known: Ticket, said: Ticket): boolean {
  const [before, now] = [Date.parse(known.updated_at), Date.parse(said.updated_at)]
  if (now !== before) return now < before
  return JSON.stringify(known) === JSON.stringify(said)
}

export const tickets = new Tickets()
