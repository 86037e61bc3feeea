// The dev server before a local desk: it hands the API's calls on, and answers what this desk does not know yet. A desk
// without sessions gets the local key with each call. Nothing of this file is in a build.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connect, Plugin } from 'vite'

const KEY = 'phx_local'
const CURSOR_OVERLAP_MS = 10_000

type Json = Record<string, unknown>

export function desk(address: string): Plugin {
  const rule = {
    target: address,
    changeOrigin: true,
    configure: (proxy: { on: (event: 'proxyReq', run: (out: { setHeader(n: string, v: string): void }, request: IncomingMessage) => void) => void }) =>
      proxy.on('proxyReq', (out, request) => {
        if (!hasSession(request)) out.setHeader('authorization', `Bearer ${KEY}`)
      }),
  }
  const proxy = Object.fromEntries(['/api', '/auth', '/demo', '/static', '/array'].map((path) => [path, rule]))
  const use = (middlewares: Connect.Server) => middlewares.use(standIn(address))
  return {
    name: 'lambdesk-desk',
    config: () => ({ server: { proxy }, preview: { proxy } }) as object,
    configureServer: (server) => void use(server.middlewares),
    configurePreviewServer: (server) => void use(server.middlewares),
  }
}

const hasSession = (request: IncomingMessage) => /lambdesk_local=/.test(request.headers.cookie ?? '')

function standIn(address: string): Connect.NextHandleFunction {
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'x-lambdesk': '1' }
    return fetch(address + path, { ...init, headers })
  }
  const read = async (path: string) => (await ask(path)).json() as Promise<Json & { results: Json[] }>
  let known: Promise<boolean> | undefined
  const isKnown = (path: string) => ask(path).then((answer) => answer.status !== 404)

  return async (request, response, next) => {
    const url = new URL(request.url ?? '/', address)
    const sync = /^(\/api\/projects\/\d+\/conversations)\/sync\/$/.exec(url.pathname)
    if (url.pathname === '/api/me/' && !(await (known ??= isKnown('/api/me/')))) {
      return answer(response, await me(read))
    }
    if (sync?.[1] && (await ask(url.pathname, { method: 'POST', body: '{}' })).status === 404) {
      return answer(response, await changes(read, sync[1], await body(request)))
    }
    const bulk = /^(\/api\/projects\/\d+\/conversations)\/tickets\/bulk_update\/$/.exec(url.pathname)
    if (bulk?.[1] && [404, 405].includes((await ask(url.pathname, { method: 'POST', body: '{}' })).status)) {
      return answer(response, await changeMany(ask, bulk[1], await body(request)))
    }
    next()
  }
}

async function changeMany(ask: (path: string, init?: RequestInit) => Promise<Response>, base: string, asked: Json) {
  const alike = ((asked['ids'] ?? []) as string[]).map((id) => ({ id, changes: asked['changes'] as Json }))
  const updated: Json[] = []
  for (const { id, changes } of (asked['items'] as typeof alike) ?? alike) {
    const { results } = (await (await ask(`${base}/tickets/?ids=${id}`)).json()) as { results: Json[] }
    const was = results[0] ?? {}
    const { tags_mode: mode, ...plain } = changes
    const tags = (changes['tags'] ?? []) as string[]
    const before = was['tags'] as string[]
    if (mode === 'add') plain['tags'] = [...new Set([...before, ...tags])]
    if (mode === 'remove') plain['tags'] = before.filter((tag) => !tags.includes(tag))
    await ask(`${base}/tickets/${id}/`, { method: 'PATCH', body: JSON.stringify(plain) })
    updated.push({ id, before: Object.fromEntries(Object.keys(plain).map((key) => [key, was[key] ?? null])), etag: '' })
  }
  return { updated, skipped: [] }
}

async function me(read: (path: string) => Promise<{ results: Json[] }>) {
  const projects = (await read('/api/projects/')).results
  const user = (await read(`/api/projects/${projects[0]?.['id']}/members/`)).results[0]
  return {
    user,
    projects: projects.map((project) => ({ id: project['id'], name: project['name'], access: 'admin', scopes: [] })),
    sign_in: 'local',
    expires_at: null,
  }
}

async function changes(read: (path: string) => Promise<Json & { results: Json[] }>, base: string, asked: Json) {
  const now = new Date().toISOString()
  const unread = (await read(`${base}/tickets/unread_count/`))['count']
  const open = asked['open'] ? await opened(read, base, asked['open'] as Json) : null
  const quiet = { cursor: now, tickets: [], more: false, unread_count: unread, open, viewers: [], poll_after_seconds: 5, build: 'dev' }
  if (!asked['since']) return quiet
  const since = new Date(Date.parse(String(asked['since'])) - CURSOR_OVERLAP_MS).toISOString()
  const changed = (await read(`${base}/tickets/?order_by=updated_at&limit=200&updated_from=${since}`)).results
  if (changed.length === 0) return quiet
  const filter = new URLSearchParams(String(asked['filter']))
  filter.set('ids', changed.slice(-100).map((ticket) => ticket['id']).join(','))
  const matching = new Set((await read(`${base}/tickets/?limit=100&${filter}`)).results.map((ticket) => ticket['id']))
  return { ...quiet, tickets: changed.map((ticket) => ({ ticket, matches: matching.has(ticket['id']) })) }
}

async function opened(read: (path: string) => Promise<{ results: Json[] }>, base: string, { id, last_entry_at: last }: Json) {
  const [ticket] = (await read(`${base}/tickets/?ids=${String(id)}`)).results
  const messages = (await read(`${base}/tickets/${String(id)}/messages/?limit=200`)).results
  const newer = messages.filter((message) => last && String(message['created_at']) > String(last))
  return ticket ? { version: 1, ticket, messages: newer, more: false } : null
}

async function body(request: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as Json
}

function answer(response: ServerResponse, value: unknown) {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}
