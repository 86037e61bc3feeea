// What the workflows' part asks of the desk.
import { queryOptions } from '@tanstack/svelte-query'
import { api, followAll, read, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { components } from '../api/schema.gen.ts'
import type { Page, Role, Ticket } from '../api/types.ts'
import { t } from '../messages/later.ts'
import type { Body } from './definition.ts'
import type { DryRun, RunLog } from './outcome.ts'

export type Workflow = components['schemas']['WorkflowBody']
export type Input = Body & { name: string; enabled: boolean }
export type Example = { slug: string; workflow: Input }
/** A workflow, and what `If-Match` takes to change it as it was read. */
export type Tagged = { workflow: Workflow; tag: string | null }

const RUNS_READ = 50
const RUNS_KEPT_MS = 10_000

const of = (project_id: number) => ({ params: { path: { project_id } } })
const at = (project_id: number, id: string) => ({ project_id, id })

export const calls = {
  /** In the order in which they run. */
  workflows: (project: number) =>
    queryOptions({
      queryKey: [project, 'workflows'],
      staleTime: 0,
      queryFn: () => followAll<Workflow>(read(api.GET('/api/projects/{project_id}/conversations/workflows', of(project)))),
    }),
  gallery: (project: number) =>
    queryOptions({
      queryKey: [project, 'gallery'],
      queryFn: async () => (await read(api.GET('/api/projects/{project_id}/conversations/workflows/gallery', of(project)))).results as unknown as Example[],
    }),
  /** The latest runs. The list of workflows says nothing of them, so each row in view asks once. */
  runs: (project: number, id: string) =>
    queryOptions({
      queryKey: [project, 'runs', id],
      staleTime: RUNS_KEPT_MS,
      queryFn: () => send<Page<RunLog>>({ method: 'GET', path: `/api/projects/${project}/conversations/workflows/${id}/runs/?limit=${RUNS_READ}` }),
    }),
  roles: (project: number) =>
    queryOptions({
      queryKey: [project, 'roles'],
      staleTime: 0,
      queryFn: () => followAll<Role>(read(api.GET('/api/projects/{project_id}/roles', of(project)))),
    }),
  recentTickets: (project: number) =>
    queryOptions({
      queryKey: [project, 'recent-tickets'],
      staleTime: 0,
      queryFn: async () =>
        (await send<Page<Ticket>>({ method: 'GET', path: `/api/projects/${project}/conversations/tickets/?limit=20&order_by=-updated_at` })).results,
    }),
}

async function tagged(answer: Promise<{ data?: Workflow; error?: unknown; response: Response }>): Promise<Tagged> {
  const workflow = await read(answer)
  return { workflow, tag: (await answer).response.headers.get('etag') }
}

export const loadWorkflow = (project: number, id: string): Promise<Tagged> =>
  tagged(api.GET('/api/projects/{project_id}/conversations/workflows/{id}', { params: { path: at(project, id) } }))

/** Saves a change of what was read; the desk refuses it (412) if that is another by now. */
export const saveWorkflow = (project: number, id: string, body: Input, tag: string, key: string): Promise<Tagged> =>
  tagged(
    api.PATCH('/api/projects/{project_id}/conversations/workflows/{id}', {
      params: { path: at(project, id), header: { 'Idempotency-Key': key, 'If-Match': tag } },
      body,
    }),
  )

export const createWorkflow = (project: number, body: Input, key: string): Promise<Tagged> =>
  tagged(
    api.POST('/api/projects/{project_id}/conversations/workflows', {
      params: { path: { project_id: project }, header: { 'Idempotency-Key': key } },
      body,
    }),
  )

export const turn = (project: number, id: string, enabled: boolean): Promise<Workflow> =>
  read(api.PATCH('/api/projects/{project_id}/conversations/workflows/{id}', { params: { path: at(project, id) }, body: { enabled } }))

export const useExample = (project: number, slug: string, key: string): Promise<Workflow> =>
  send({ method: 'POST', path: `/api/projects/${project}/conversations/workflows/gallery/${slug}/`, key })

export const createRole = (project: number, name: string, key: string): Promise<Role> =>
  send({ method: 'POST', path: `/api/projects/${project}/roles/`, key, body: { name } })

export type TriedEvent = { event: string; properties: Record<string, unknown> }

export const dryRun = (project: number, id: string, ticket: string, event: TriedEvent | null): Promise<DryRun> =>
  send({ method: 'POST', path: `/api/projects/${project}/conversations/workflows/${id}/dry_run/`, body: { ticket_id: ticket, ...(event && { event }) } })

/** The ticket with a number, found without marking it as read. */
export async function ticketNumbered(project: number, number: number): Promise<Ticket | undefined> {
  const path = `/api/projects/${project}/conversations/tickets/?search=%23${number}&limit=20`
  const { results } = await send<Page<Ticket>>({ method: 'GET', path })
  return results.find((ticket) => ticket.ticket_number === number)
}

/** The numbers of tickets, by their ids; those that are gone are left out. */
export async function numbersOf(project: number, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const path = `/api/projects/${project}/conversations/tickets/?limit=${ids.length}&ids=${ids.join(',')}`
  const { results } = await send<Page<Ticket>>({ method: 'GET', path })
  return new Map(results.map(({ id, ticket_number }) => [id, ticket_number]))
}

/** Why the desk did not do it, as a sentence. */
export const whyNot = (error: unknown): string => {
  if (error instanceof ApiError) return error.status === 403 ? t.done.forbidden : error.message
  return t.errors.unreachable
}

export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404
export const isOvertaken = (error: unknown): boolean => error instanceof ApiError && error.status === 412
export const flawAt = (error: unknown): string | null => (error instanceof ApiError && error.status === 400 ? error.attr : null)
