import { ApiError, Unreachable } from '../api/errors.ts'
import { t } from '../messages/settings.ts'

/** In words, why something was not done. Whatever was typed is still there. */
export function explain(error: unknown): string {
  const words = t.settings.refused
  if (error instanceof Unreachable) return words.unreachable
  if (!(error instanceof ApiError)) throw error
  switch (error.status) {
    case 401:
      return words.signedOut
    case 403:
      return error.message && error.message !== 'Forbidden' ? words.forbiddenAs(error.message) : words.forbidden
    case 404:
      return words.gone
    case 409:
      if (error.code === 'last_admin') return words.lastAdmin
      return error.code === 'request_in_progress' ? words.stillRunning : error.message
    case 412:
      return words.overtaken
    case 413:
      return words.tooLong
    case 429:
    case 503:
      return words.busy
    default:
      return error.status >= 500 ? words.failed(error.requestId) : error.message
  }
}
