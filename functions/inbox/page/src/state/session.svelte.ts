import { whenSignedOut, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { Me } from '../api/types.ts'
import { isLocal } from './local.ts'

/** The address after signing out, where nobody is signed in by themselves. */
export const SIGNED_OUT = '/inbox?signed-out'
const CHANNEL = 'lambdesk.session'

type State =
  | { is: 'starting' }
  | { is: 'in'; me: Me; expired: boolean }
  | { is: 'out'; detail: string | null }
  | { is: 'failed'; error: unknown }

class Session {
  state = $state.raw<State>({ is: 'starting' })

  constructor() {
    whenSignedOut(() => {
      // What is on screen and what is typed stay; only a dialog asks to sign in again.
      if (this.state.is === 'in') this.state = { ...this.state, expired: true }
    })
    // Signing out in one tab is signing out in all.
    new BroadcastChannel(CHANNEL).onmessage = () => location.replace(SIGNED_OUT)
  }

  get me(): Me | null {
    return this.state.is === 'in' ? this.state.me : null
  }

  async start() {
    if (new URLSearchParams(location.search).has('signed-out')) return void (this.state = { is: 'out', detail: null })
    try {
      this.state = { is: 'in', me: await whoAmI(), expired: false }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.state = { is: 'out', detail: null }
      else this.state = { is: 'failed', error }
    }
  }
}

const SIGNED_IN_HERE = 'lambdesk.signed-in-here'

/** Who is signed in. A desk on one's own machine signs in without asking; a deployed one has no such route. */
async function whoAmI(): Promise<Me> {
  // The first time there cannot be a session: asking for it would only be refused.
  if (isLocal && localStorage.getItem(SIGNED_IN_HERE) === null) await signInHere()
  try {
    return await askWho()
  } catch (error) {
    const isOver = error instanceof ApiError && error.status === 401
    if (!isOver || !isLocal || !(await signInHere())) throw error
    return await askWho()
  }
}

const askWho = () => send<Me>({ method: 'GET', path: '/api/me/' })

/** Answers false where the desk asks who one is. */
export async function signInHere(): Promise<boolean> {
  try {
    await send({ method: 'POST', path: '/auth/local' })
    localStorage.setItem(SIGNED_IN_HERE, 'yes')
    return true
  } catch {
    return false
  }
}

export const session = new Session()

/** Says to the other tabs that the agent has signed out. */
export function tellSignedOut() {
  new BroadcastChannel(CHANNEL).postMessage(null)
}
