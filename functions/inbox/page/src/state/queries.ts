// What only parts that are fetched later read, each under its key and kept for a while. A part passes `queryClient` along:
// `createQuery(() => queries.tags(project), () => queryClient)`. What the list needs is in `desk` instead, so that the
// query library is not in its script.
import { QueryClient, queryOptions } from '@tanstack/svelte-query'
import { api, followAll, read, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { QuickAction, Ticket } from '../api/types.ts'
import type { Explained } from '../sidebar/sla.ts'

const KEPT_MS = 5 * 60_000

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: KEPT_MS,
      retry: (failures, error) => failures < 3 && !(error instanceof ApiError && error.status < 500),
    },
  },
})

const of = (project_id: number) => ({ params: { path: { project_id } } })

export const queries = {
  tags: (project: number) =>
    queryOptions({
      queryKey: [project, 'tags'],
      queryFn: async () => (await read(api.GET('/api/projects/{project_id}/conversations/tags', of(project)))).results,
    }),
  quickActions: (project: number) =>
    queryOptions({
      queryKey: [project, 'quick-actions'],
      queryFn: () => {
        const params = { path: { project_id: project }, query: { limit: 200 } }
        return followAll<QuickAction>(read(api.GET('/api/projects/{project_id}/conversations/quick_actions', { params })))
      },
    }),
  /** The name of the project's time zone. */
  zone: (project: number) =>
    queryOptions({
      queryKey: [project, 'zone'],
      queryFn: async () => {
        const { conversations_settings: settings } = await send<{ conversations_settings?: Record<string, unknown> }>({ method: 'GET', path: `/api/projects/${project}/` })
        const zone = settings?.['timezone']
        return typeof zone === 'string' && zone !== '' ? zone : 'UTC'
      },
    }),
  /** Why a ticket's deadline is what it is, as of the ticket's last change. */
  why: (project: number, { id, updated_at }: Ticket) =>
    queryOptions({
      queryKey: [project, 'why', id, updated_at],
      queryFn: () => send<Explained>({ method: 'GET', path: `/api/projects/${project}/conversations/tickets/${id}/sla/` }),
    }),
}
