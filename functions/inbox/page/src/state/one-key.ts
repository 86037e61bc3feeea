import { ApiError } from '../api/errors.ts'

/** Whether a request may have been carried out, or may be yet: only then does it go again under the same key. */
const isOpen = (error: unknown) => !(error instanceof ApiError) || error.status >= 500 || [409, 429].includes(error.status)

/** One `Idempotency-Key` for one request, however often it is sent. Another request, or one that was answered, has another key. */
export class OneKey {
  #tried: { request: string; key: string } | null = null

  of(request: object): string {
    const text = JSON.stringify(request)
    if (this.#tried?.request !== text) this.#tried = { request: text, key: crypto.randomUUID() }
    return this.#tried.key
  }

  done() {
    this.#tried = null
  }

  refused(error: unknown) {
    if (!isOpen(error)) this.#tried = null
  }
}
