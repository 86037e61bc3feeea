// Changing the selected tickets: what was done is said, and can be taken back as a whole.
import { t } from '../messages/index.ts'
import { Bulk } from '../state/bulk.svelte.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { undo } from '../state/undo.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { BulkChange, Outcome } from './bulk.ts'

/** Changes all that are selected. One change runs at a time; what failed stays selected, to be tried again. */
export async function changeSelected(desk: Desk, changes: BulkChange) {
  const selection = desk.list?.selection
  if (!selection || selection.running) return
  const bulk = (selection.running = new Bulk())
  const outcome = await bulk.change(desk.path(''), [...selection.ids], changes)
  selection.running = null
  selection.set(outcome.failed)
  if (outcome.undo.length === 0) toasts.show(inWords(outcome))
  else undo.offer(inWords(outcome), () => void takeBack(desk, outcome))
}

async function takeBack(desk: Desk, outcome: Outcome) {
  const undone = await new Bulk().changeEach(desk.path(''), outcome.undo)
  toasts.show(t.bulk.undone(undone.changed, undone.overtaken + undone.failed.length))
}

const inWords = ({ changed, already, gone, overtaken, failed }: Outcome) => t.bulk.outcome(changed, already, gone, overtaken, failed.length)
