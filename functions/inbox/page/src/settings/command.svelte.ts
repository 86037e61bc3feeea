import { send, type Sending } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { OneKey } from '../state/one-key.ts'
import { explain } from './explain.ts'
import { fieldOf } from './faults.ts'

type Refusal = { field: string | null; text: string }

/** Something that is done by a press, once however often it is pressed. */
export class Command {
  isRunning = $state(false)
  isDone = $state(false)
  #refusal = $state.raw<Refusal | null>(null)
  #key = new OneKey()
  #fields: readonly string[]
  #words: Record<number, string>

  /** `fields` are those at which a refusal can be shown; `words` say what a status means here. */
  constructor(fields: readonly string[] = [], words: Record<number, string> = {}) {
    this.#fields = fields
    this.#words = words
  }

  /** Why it was not done, if no field says it. */
  get trouble(): string | null {
    return this.#refusal?.field === null ? this.#refusal.text : null
  }

  faultOf(field: string): string | null {
    return this.#refusal?.field === field ? this.#refusal.text : null
  }

  /** Nothing was done or refused yet. */
  reset() {
    this.#refusal = null
    this.isDone = false
  }

  /** Answers what the desk answered, or undefined if it refused. `carry` sends what is no JSON. */
  async run<T>(sending: Omit<Sending, 'key'>, carry: (sending: Sending) => Promise<T> = send): Promise<{ answer: T } | undefined> {
    if (this.isRunning) return undefined
    this.isRunning = true
    this.reset()
    const key = this.#key.of(sending)
    try {
      const answer = await carry({ ...sending, ...(sending.method === 'POST' && { key }) })
      this.#key.done()
      this.isDone = true
      return { answer }
    } catch (error) {
      this.#key.refused(error)
      const field = error instanceof ApiError ? fieldOf(error.attr, this.#fields) : null
      const words = error instanceof ApiError ? this.#words[error.status] : undefined
      this.#refusal = { field, text: field === null ? (words ?? explain(error)) : (error as ApiError).message }
      return undefined
    } finally {
      this.isRunning = false
    }
  }
}
