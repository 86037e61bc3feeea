// What there is of a recording, asked for again while it is still arriving.
import { api, read, send } from '../../api/client.ts'
import type { components } from '../../api/schema.gen.ts'
import type { Part } from './timeline.ts'

export type Recording = components['schemas']['RecordingBody']
/** Whose recording. Without a session it is the one that the ticket was opened in. */
export type Whose = { project: number; ticket: string; session: string | null }

const ASK_AGAIN_MS = [5_000, 15_000, 30_000]

const PART = '/api/projects/{project_id}/conversations/tickets/{id}/recording/{chunk}'

export class Listing {
  recording = $state.raw<Recording | null>(null)
  error = $state.raw<unknown>(null)
  /** Whether it asks again by itself. */
  isWaiting = $state(false)
  readonly #whose: Whose
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(whose: Whose) {
    this.#whose = whose
  }

  /** Asks now, and if the recording is arriving three times more. */
  load() {
    this.#asked = 0
    return this.#load()
  }

  stop() {
    clearTimeout(this.#timer)
  }

  async #load() {
    clearTimeout(this.#timer)
    try {
      this.recording = await send<Recording>({ method: 'GET', path: pathOf(this.#whose) })
      this.error = null
    } catch (error) {
      this.error = error
    }
    const wait = this.recording?.state === 'arriving' && !this.error ? ASK_AGAIN_MS[this.#asked] : undefined
    this.isWaiting = wait !== undefined
    this.#asked += 1
    if (wait !== undefined) this.#timer = setTimeout(() => void this.#load(), wait)
  }
}

const pathOf = ({ project, ticket, session }: Whose) =>
  `/api/projects/${project}/conversations/tickets/${ticket}/recording/${session === null ? '' : `?session=${encodeURIComponent(session)}`}`

/** A part as it is kept. The page does not look into it: a stranger made it. */
export async function readPart({ project, ticket, session }: Whose, { id }: Part): Promise<ArrayBuffer> {
  const params = { path: { project_id: project, id: ticket, chunk: id }, query: { ...(session !== null && { session }) } }
  return read<ArrayBuffer>(api.GET(PART, { params, parseAs: 'arrayBuffer' }))
}
