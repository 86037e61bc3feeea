// Sends a file. Unlike `fetch`, XMLHttpRequest tells how much of it has left.
import { HEADERS, tellSignedOut } from './client.ts'
import { ApiError, Unreachable } from './errors.ts'

const TIMEOUT_MS = 180_000

/** `progress` is told how much is sent, from 0 to 1. */
export type Upload = { path: string; body: Blob; headers: Record<string, string>; progress: (part: number) => void }

export function upload<T>({ path, body, headers, progress }: Upload): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest()
    request.open('PUT', path)
    request.timeout = TIMEOUT_MS
    for (const [name, value] of Object.entries({ ...HEADERS, ...headers })) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => total > 0 && progress(loaded / total)
    request.upload.onload = () => progress(1)
    request.onerror = request.ontimeout = () => failed(new Unreachable(null))
    request.onload = () => {
      if (request.status === 401) tellSignedOut()
      const answer = parse(request.responseText)
      if (request.status < 300) return done(answer as T)
      failed(new ApiError(responseOf(request), answer))
    }
    request.send(body)
  })
}

const NAMED = ['x-request-id', 'retry-after']

/** The answer's status, and what an error says of it. */
function responseOf(request: XMLHttpRequest): Response {
  const headers = NAMED.flatMap((name) => {
    const value = request.getResponseHeader(name)
    return value === null ? [] : [[name, value] as [string, string]]
  })
  return new Response(null, { status: request.status, headers })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
