// Changes of the agent's own notes: shown at once, sent by the outbox, and lifted off again if they are refused.
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { ApiError } from '../api/errors.ts'
import type { Message } from '../api/types.ts'
import { richContent } from '../composer/markdown.ts'
import { t } from '../messages/later.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { Desk } from './desk.svelte.ts'
import { liveDrafts, type LiveDraft } from './drafts-live.svelte.ts'
import { laidOver, type Laid } from './notes-rules.ts'
import { outbox } from './outbox.svelte.ts'
import { sync } from './sync.svelte.ts'
import { undo } from './undo.svelte.ts'

const REMOVED_AFTER_MS = 5_000

class Notes {
  #laid = new SvelteMap<string, Laid>()
  #open = new SvelteSet<string>()

  /** Messages as they are with what is changed here. */
  shown = (messages: readonly Message[]): Message[] =>
    messages.flatMap((message) => laidOver(message, this.#laid.get(message.id)) ?? [])

  isSaving(id: string): boolean {
    const laid = this.#laid.get(id)
    return laid?.is === 'changed' && laid.isPending
  }

  isOpen = (id: string): boolean => this.#open.has(id)
  open = (id: string) => void this.#open.add(id)
  close = (id: string) => void this.#open.delete(id)

  /** What is being written at a note is a draft of its own. */
  draftOf = (desk: Desk, ticket: string, id: string): LiveDraft =>
    liveDrafts.of({ user: desk.me.id, project: desk.project.id, ticket, kind: `note:${id}` })

  save(desk: Desk, ticket: string, note: Message, text: string) {
    const rich = richContent(text) as Record<string, unknown> | null
    this.#laid.set(note.id, { is: 'changed', message: { ...note, content: text, rich_content: rich }, isPending: true })
    this.close(note.id)
    outbox.put({
      key: crypto.randomUUID(),
      lane: `note ${note.id}`,
      request: { method: 'PATCH', path: desk.path(`tickets/${ticket}/notes/${note.id}/`), body: { message: text, rich_content: rich } },
      done: (answer) => {
        this.#laid.set(note.id, { is: 'changed', message: answer as Message, isPending: false })
        this.draftOf(desk, ticket, note.id).discard()
        sync.now()
      },
      refused: (_verdict, error) => {
        this.#laid.delete(note.id)
        this.open(note.id)
        toasts.show(error instanceof ApiError ? error.message : t.errors.failed)
      },
    })
  }

  /** The note goes at once, and is deleted when nobody has taken that back. */
  remove(desk: Desk, ticket: string, note: Message) {
    const key = crypto.randomUUID()
    this.#laid.set(note.id, { is: 'removed' })
    outbox.put({
      key,
      lane: `note ${note.id}`,
      notBefore: Date.now() + REMOVED_AFTER_MS,
      request: { method: 'DELETE', path: desk.path(`tickets/${ticket}/notes/${note.id}/`) },
      done: () => sync.now(),
      refused: (verdict, error) => {
        if (verdict.is === 'gone') return
        this.#laid.delete(note.id)
        toasts.show(error instanceof ApiError ? error.message : t.errors.failed)
      },
    })
    const back = () => {
      if (outbox.withdraw(key) === null) toasts.show(t.thread.noteGone)
      else this.#laid.delete(note.id)
    }
    undo.offer(t.thread.noteRemoved, back, REMOVED_AFTER_MS)
  }
}

export const notes = new Notes()
