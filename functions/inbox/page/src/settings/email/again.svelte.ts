// Mails that are taken in once more. The desk does that in a moment, so their rows are read again until they say something else.
import { ApiError } from '../../api/errors.ts'
import { send } from '../../api/client.ts'
import { t } from '../../messages/email.ts'
import type { Desk } from '../../state/desk.svelte.ts'
import { toasts } from '../../ui/toasts.svelte.ts'
import { explain } from '../explain.ts'
import type { Mail, MailState } from './mails.svelte.ts'

const LOOKS = 20
const LOOK_AFTER_MS = 500

export type Way = 'release' | 'replay'

/** How a mail may be taken in once more, by whom; null if it may not. */
export function wayOf(state: MailState, isAdmin: boolean): Way | null {
  if (state === 'held') return isAdmin ? 'release' : null
  return state === 'ignored' || state === 'failed' ? 'replay' : null
}

export class Again {
  /** The mails that are on their way in. */
  running = $state.raw<ReadonlySet<string>>(new Set())
  readonly #desk: Desk
  readonly #read: () => Promise<readonly Mail[]>

  /** `read` reads the lists again, and answers all that is in them. */
  constructor(desk: Desk, read: () => Promise<readonly Mail[]>) {
    this.#desk = desk
    this.#read = read
  }

  async take(mail: Mail, way: Way) {
    if (this.running.has(mail.id)) return
    this.running = new Set([...this.running, mail.id])
    try {
      await send({ method: 'POST', path: this.#desk.path(`email/inbound/${mail.id}/${way}/`), key: crypto.randomUUID() })
      toasts.show((await this.#hasChanged(mail)) ? t.email.tookIn : t.email.asBefore)
    } catch (error) {
      // Somebody else was faster.
      if (error instanceof ApiError && error.status === 409) await this.#read()
      else toasts.show(explain(error))
    }
    this.running = new Set([...this.running].filter((id) => id !== mail.id))
  }

  async #hasChanged({ id, state }: Mail): Promise<boolean> {
    for (let look = 0; look < LOOKS; look++) {
      await new Promise((go) => setTimeout(go, LOOK_AFTER_MS))
      const now = (await this.#read()).find((mail) => mail.id === id)
      if (now && now.state !== state) return true
    }
    return false
  }
}
