import { send } from '../api/client.ts'
import type { Me, Sender } from '../api/types.ts'
import { EMPTY, isBlank, keep, kept, type NewMail, type Tried } from '../newmail/kept.ts'

/** The fields that the desk may find fault with, by the names of its API. */
export const FIELDS = ['email_config_id', 'recipient_email', 'cc', 'bcc', 'email_subject', 'message'] as const
export type Field = (typeof FIELDS)[number]
export type Fault = { field: Field | null; text: string }

type Place = { user: number; project: Me['projects'][number] }

/** Who may not write tickets sends nothing. */
const sendersOf = ({ scopes, email_senders: senders }: Me['projects'][number]) => (scopes.includes('ticket:write') ? senders : [])

/** The mail to somebody who has not written, as far as it is written. */
export class NewMails {
  readonly #place: Place
  #tried: Tried | null
  /** What was told when the page began is new enough for the first list. */
  #isFresh = true
  /** From which addresses it may leave, the default first; none where mail can not be sent. */
  senders = $state.raw<readonly Sender[]>([])
  mail = $state.raw() as NewMail
  isOpen = $state(false)
  isSending = $state(false)
  fault = $state.raw<Fault | null>(null)
  readonly isBegun = $derived(!isBlank(this.mail))
  readonly isOffered = $derived(this.senders.length > 0)
  /** The address that mail leaves from unless another is chosen. */
  readonly usual = $derived(this.senders.find(({ is_default: isDefault }) => isDefault) ?? this.senders[0])

  constructor(place: Place) {
    this.#place = place
    this.senders = sendersOf(place.project)
    const { mail, tried } = kept(place.user, place.project.id)
    this.mail = mail
    this.#tried = tried
  }

  get tried(): Tried | null {
    return this.#tried
  }

  set tried(tried: Tried | null) {
    this.#tried = tried
    this.#keep()
  }

  /** Finds out anew from where mail can leave. Without an answer, what is known stays. */
  async ask() {
    if (!this.#isFresh) {
      const me = await send<Me>({ method: 'GET', path: '/api/me/' }).catch(() => null)
      const project = me?.projects.find(({ id }) => id === this.#place.project.id)
      if (project) this.senders = sendersOf(project)
    }
    this.#isFresh = false
  }

  edit(change: Partial<NewMail>) {
    if (this.isSending) return
    this.mail = { ...this.mail, ...change }
    this.#keep()
  }

  clear() {
    this.mail = EMPTY
    this.fault = null
    this.tried = null
  }

  #keep() {
    keep(this.#place.user, this.#place.project.id, { mail: this.mail, tried: this.#tried })
  }
}
