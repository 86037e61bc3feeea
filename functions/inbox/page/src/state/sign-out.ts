// The way out. What this browser keeps of the agent goes with the session; drafts only by the agent's word.
import { send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { mailsOf } from '../newmail/kept.ts'
import { drafts, type Draft, type Unsent } from './drafts.ts'
import { liveDrafts } from './drafts-live.svelte.ts'
import { isLeft } from './left-behind.ts'
import { outbox } from './outbox.svelte.ts'
import { replies } from './outbox-replies.svelte.ts'
import { SIGNED_OUT, tellSignedOut } from './session.svelte.ts'

const PREFIX = 'lambdesk.'
const TAKES_MS = 3_000
const LOOKED_AFTER_MS = 100

/** `mails` is how many new mails are begun. */
export type Left = { drafts: Draft[]; waiting: Unsent[]; mails: number; changes: number }

export const isNothing = ({ drafts, waiting, mails, changes }: Left): boolean => drafts.length + waiting.length + mails + changes === 0

/** Sends what can be sent, and answers what is left. */
export async function whatIsLeft(user: number): Promise<Left> {
  await liveDrafts.keepAll()
  replies.flush()
  outbox.hurry()
  for (let waited = 0; outbox.standing.size > 0 && waited < TAKES_MS; waited += LOOKED_AFTER_MS) await new Promise((go) => setTimeout(go, LOOKED_AFTER_MS))
  const [kept, waiting] = await Promise.all([drafts.unsent(user), drafts.onTheirWay(user)])
  const ofReplies = waiting.filter(({ key }) => outbox.standing.has(key)).length
  return { drafts: kept, waiting, mails: mailsOf(user, Object.keys(localStorage)).length, changes: outbox.standing.size - ofReplies }
}

/** Ends the session, has this browser forget, and leaves the page so that its memory goes too. */
export async function signOut(user: number, { keepsDrafts, isEverywhere }: { keepsDrafts: boolean; isEverywhere: boolean }) {
  if (isEverywhere) await endAll()
  const redirect = await end()
  // Nothing may be written any more that the lines below remove.
  liveDrafts.forget()
  outbox.forget()
  if (!keepsDrafts) await drafts.forget(user).catch(() => {})
  // What was left behind are drafts, which go above, or stay as they do.
  const names = Object.keys(localStorage)
  const mails = keepsDrafts ? mailsOf(user, names) : []
  for (const key of names) if (key.startsWith(PREFIX) && !isLeft(key) && !mails.includes(key)) localStorage.removeItem(key)
  tellSignedOut()
  location.replace(redirect ?? SIGNED_OUT)
}

/** Ends the agent's sessions on all machines. */
async function endAll() {
  try {
    await send({ method: 'DELETE', path: '/api/me/sessions/' })
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error
  }
}

async function end(): Promise<string | null> {
  try {
    const answer = await send<{ redirect: string | null }>({ method: 'POST', path: '/auth/sign-out' })
    return answer?.redirect ?? null
  } catch (error) {
    // A session that has ended already is what was wanted.
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}
