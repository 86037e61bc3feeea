// Changes of many tickets: how they are cut, what came of them, and how they are taken back. Pure.
import type { TicketChange } from '../api/types.ts'

export type BulkChange = Omit<TicketChange, 'sla_due_at'> & { tags_mode?: 'add' | 'remove' | 'set' }
export type BulkItem = { id: string; changes: BulkChange; expect?: BulkChange }
export type BulkAsked = { ids: string[]; changes: BulkChange } | { items: BulkItem[] }
export type BulkAnswer = {
  updated: { id: string; before: BulkChange; etag: string }[]
  skipped: { id: string; reason: 'unchanged' | 'changed_meanwhile' | 'not_found' | 'refused'; detail?: string }[]
}

/** The most tickets of one request. */
export const MOST = 500

export type Outcome = {
  changed: number
  already: number
  gone: number
  /** Others changed these meanwhile; they stay as they are. */
  overtaken: number
  failed: string[]
  /** What takes the change back. */
  undo: BulkItem[]
}

export const nothingYet = (): Outcome => ({ changed: 0, already: 0, gone: 0, overtaken: 0, failed: [], undo: [] })

export function batches<T>(all: readonly T[], size = MOST): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))
}

/** Adds what came of one batch. */
export function add(outcome: Outcome, { updated, skipped }: BulkAnswer, made: (id: string) => BulkChange): Outcome {
  const count = (reason: BulkAnswer['skipped'][number]['reason']) => skipped.filter((each) => each.reason === reason).length
  return {
    changed: outcome.changed + updated.length,
    already: outcome.already + count('unchanged'),
    gone: outcome.gone + count('not_found'),
    overtaken: outcome.overtaken + count('changed_meanwhile'),
    failed: [...outcome.failed, ...skipped.filter(({ reason }) => reason === 'refused').map(({ id }) => id)],
    undo: [...outcome.undo, ...updated.map(({ id, before }) => undoOf(id, before, made(id)))],
  }
}

/** What was before comes back, unless somebody has changed the field again. */
function undoOf(id: string, before: BulkChange, made: BulkChange): BulkItem {
  const expect: BulkChange = {}
  if (before.status !== undefined && made.status !== undefined) expect.status = made.status
  if (before.priority !== undefined && made.priority !== undefined) expect.priority = made.priority
  if (before.assignee !== undefined && made.assignee !== undefined) expect.assignee = made.assignee
  if (before.snoozed_until !== undefined && made.snoozed_until !== undefined) expect.snoozed_until = made.snoozed_until
  if (before.tags !== undefined && made.tags !== undefined) expect.tags = tagsAfter(before.tags, made)
  return { id, changes: before, expect }
}

/** The tags that a ticket has after a change of them. */
export function tagsAfter(before: readonly string[], { tags = [], tags_mode: mode = 'set' }: BulkChange): string[] {
  if (mode === 'add') return [...before, ...tags.filter((tag) => !before.includes(tag))]
  if (mode === 'remove') return before.filter((tag) => !tags.includes(tag))
  return [...tags]
}
