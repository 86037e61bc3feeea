// The one place that knows how the page talks to the desk: with the session's cookie and the header that no other origin
// can set.
import createClient from 'openapi-fetch'
import { ApiError, Unreachable } from './errors.ts'
import type { paths } from './schema.gen.ts'
import type { Page } from './types.ts'

const TIMEOUT_MS = 20_000
export const HEADERS = { 'X-Lambdesk': '1' }

let onSignedOut = () => {}

/** Says what is to happen when the desk no longer knows the session. */
export function whenSignedOut(run: () => void) {
  onSignedOut = run
}

/** Tells that the desk no longer knows the session. */
export const tellSignedOut = () => onSignedOut()

async function request(input: Request | string, init: RequestInit = {}): Promise<Response> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  const asked = input instanceof Request ? input.signal : init.signal
  const signal = asked ? AbortSignal.any([asked, deadline]) : deadline
  try {
    const response = await fetch(input, { ...init, signal })
    if (response.status === 401) onSignedOut()
    return response
  } catch (cause) {
    if (asked?.aborted) throw cause
    throw new Unreachable(cause)
  }
}

/** The typed client of what openapi.json describes; `read` unwraps its answers. */
export const api = createClient<paths>({ baseUrl: '/', headers: HEADERS, fetch: request })

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The answer's body, or the desk's refusal as an error. */
export async function read<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer
  if (!response.ok) throw new ApiError(response, error)
  return data as T
}

export type Sending = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  /** Carries the request out once, however often it is sent. */
  key?: string
  headers?: Record<string, string>
  /** For a page that is being closed. */
  keepalive?: boolean
  signal?: AbortSignal
}

/** Sends one request by its path, for what is queued, followed from a link or not described yet. */
export async function send<T>(sending: Sending): Promise<T> {
  const headers: Record<string, string> = { ...HEADERS, ...sending.headers }
  if (sending.body !== undefined) headers['Content-Type'] = 'application/json'
  if (sending.key) headers['Idempotency-Key'] = sending.key
  const response = await request(sending.path, {
    method: sending.method,
    headers,
    body: sending.body === undefined ? null : JSON.stringify(sending.body),
    keepalive: sending.keepalive ?? false,
    signal: sending.signal ?? null,
  })
  const text = await response.text()
  const body: unknown = text ? parse(text) : null
  if (!response.ok) throw new ApiError(response, body)
  return body as T
}

/** Follows a page's `next`. The link's host is the desk's public one, so only its path counts. */
export function follow<T>(link: string, signal?: AbortSignal): Promise<Page<T>> {
  const url = new URL(link, location.origin)
  return send({ method: 'GET', path: url.pathname + url.search, ...(signal && { signal }) })
}

/** All rows of a list, page by page from its first one. */
export async function followAll<T>(first: Promise<Page<T>>): Promise<T[]> {
  let page = await first
  const rows = [...page.results]
  while (page.next) {
    page = await follow<T>(page.next)
    rows.push(...page.results)
  }
  return rows
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
