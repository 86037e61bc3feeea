import { whenSignedOut, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { Me } from '../api/types.ts'

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
  }

  get me(): Me | null {
    return this.state.is === 'in' ? this.state.me : null
  }

  async start() {
    try {
      this.state = { is: 'in', me: await whoAmI(), expired: false }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.state = { is: 'out', detail: null }
      else this.state = { is: 'failed', error }
    }
  }
}

/** Who is signed in. A desk on one's own machine signs in without asking; a deployed one has no such route. */
async function whoAmI(): Promise<Me> {
  try {
    return await send({ method: 'GET', path: '/api/me/' })
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error
    try {
      await send({ method: 'POST', path: '/auth/local' })
    } catch {
      throw error
    }
    return await send({ method: 'GET', path: '/api/me/' })
  }
}

export const session = new Session()
