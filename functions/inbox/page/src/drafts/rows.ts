// What an agent has written and not sent, as rows. Pure.
import type { Draft, DraftKind, DraftPlace, Unsent } from '../state/drafts.ts'

export type Row = { key: string; place: DraftPlace; text: string; at: number } & ({ is: 'draft' } | { is: 'waiting'; number: number })

/** Drafts and messages that have not gone yet, the newest first. */
export function rowsOf(drafts: readonly Draft[], waiting: readonly Unsent[]): Row[] {
  const place = ({ user, project, ticket, kind }: DraftPlace): DraftPlace => ({ user, project, ticket, kind })
  const rows: Row[] = [
    ...drafts.map((one): Row => ({ is: 'draft', key: `${one.ticket} ${one.kind}`, place: place(one), text: one.text, at: one.savedAt })),
    ...waiting.map((one): Row => ({ is: 'waiting', key: one.key, place: place(one), text: one.text, at: one.pressedAt, number: one.number })),
  ]
  return rows.sort((a, b) => b.at - a.at)
}

/** The ticket after or before the open one; a ticket with several drafts counts once, and one that is not known not at all. */
export function nextTicket(rows: readonly Row[], open: string, by: 1 | -1, isKnown: (ticket: string) => boolean): string | undefined {
  const all = [...new Set(rows.map(({ place }) => place.ticket))].filter((ticket) => ticket === open || isKnown(ticket))
  const at = all.indexOf(open)
  // Beside a ticket without a draft the first one comes next.
  return at < 0 ? (by > 0 ? all[0] : undefined) : all[at + by]
}

/** The note that a draft changes, if it is such a one. */
export const noteOf = (kind: DraftKind): string | null => (kind.startsWith('note:') ? kind.slice('note:'.length) : null)

export const kindOf = (kind: DraftKind): 'reply' | 'note' | 'change' => (kind === 'reply' || kind === 'note' ? kind : 'change')

/** The first words, on one line. */
export const firstWords = (text: string): string => text.slice(0, 300).replace(/\s+/g, ' ').trim()
