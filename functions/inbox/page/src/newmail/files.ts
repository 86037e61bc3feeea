// The files of a new mail. There is no ticket yet that they could be beside: the desk makes a place for them with the first one.
import { send } from '../api/client.ts'
import type { Announced, Holder, Place } from '../composer/uploads.svelte.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { placeNow } from './kept.ts'

type Answer = Place & { draft: string }

/** The last announcement of each desk's mail, done or not. */
const last = new WeakMap<Desk, Promise<unknown>>()

export function holderOf(desk: Desk): Holder {
  const { newMail } = desk
  const path = desk.path('tickets/compose/attachments/')

  async function announce(file: Announced, signal: AbortSignal): Promise<Place> {
    const now = Date.now()
    const place = placeNow(newMail.mail.place, now)
    const body = { ...file, ...(place && { draft: place.draft }) }
    const answer = await send<Answer>({ method: 'POST', path, body, key: crypto.randomUUID(), signal })
    if (!place) newMail.edit({ place: { draft: answer.draft, at: now } })
    return { ...answer, at: place?.at ?? now }
  }

  return {
    get files() {
      return newMail.mail.files
    },
    edit: (change) => newMail.edit(change),
    // The first brings the place where the others go too, so each waits for the one before.
    announce: (file, signal) => {
      const announced = (last.get(desk) ?? Promise.resolve()).then(() => announce(file, signal))
      last.set(desk, announced.catch(() => {}))
      return announced
    },
  }
}
