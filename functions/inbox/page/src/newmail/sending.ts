// Brings a new mail to the desk, as the outbox brings everything: in its turn, and again under the same key until an answer comes.
import { ApiError } from '../api/errors.ts'
import { richContent } from '../composer/markdown.ts'
import { t } from '../messages/later.ts'
import { m } from '../messages/mail.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { FIELDS, type Fault, type Field } from '../state/new-mail.svelte.ts'
import { outbox } from '../state/outbox.svelte.ts'
import { sync } from '../state/sync.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { bodyOf } from './body.ts'
import { keyFor } from './kept.ts'

type Composed = { id: string; ticket_number: number }

/** `blamed` is called once the desk has refused it. */
export function press(desk: Desk, from: string, blamed: () => void) {
  const { newMail } = desk
  const { mail } = newMail
  const request = { method: 'POST' as const, path: desk.path('tickets/compose/'), body: bodyOf(mail, from, richContent(mail.text)) }
  const text = JSON.stringify(request)
  const key = keyFor(newMail.tried, text, () => crypto.randomUUID())
  newMail.tried = { request: text, key }
  newMail.fault = null
  newMail.isSending = true
  outbox.put({
    key,
    lane: 'new-mail',
    request,
    done: (answer) => {
      newMail.isSending = false
      newMail.clear()
      void show(desk, answer as Composed, mail.to.trim())
    },
    dropped: () => void (newMail.isSending = false),
    refused: (_, error) => {
      newMail.isSending = false
      newMail.tried = null
      newMail.fault = faultOf(error)
      if (newMail.isOpen) blamed()
      else toasts.show(newMail.fault.text, { label: m.newMail.look, run: () => (newMail.isOpen = true) })
    },
  })
}

function faultOf(error: unknown): Fault {
  if (!(error instanceof ApiError)) return { field: null, text: t.errors.failed }
  return { field: FIELDS.find((field): field is Field => field === error.attr) ?? null, text: error.message }
}

/** The new ticket opens, unless the agent has gone on to something else. */
async function show(desk: Desk, { id, ticket_number: number }: Composed, to: string) {
  const wasOpen = desk.newMail.isOpen
  desk.newMail.isOpen = false
  // It is read by its id: lists and searches may know it a moment later.
  await desk.markRead(id).catch(() => sync.now())
  if (!wasOpen) return void toasts.show(m.newMail.sent(to), { label: m.newMail.show, run: () => desk.leadTo(number) })
  toasts.show(m.newMail.sent(to))
  desk.leadTo(number)
}
