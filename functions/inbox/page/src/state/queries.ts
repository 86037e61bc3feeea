// What is read as a whole and kept for a while, each under its key.
import { QueryClient, queryOptions } from '@tanstack/svelte-query'
import { api, read } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'

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
  members: (project: number) =>
    queryOptions({
      queryKey: [project, 'members'],
      queryFn: async () => (await read(api.GET('/api/projects/{project_id}/members', of(project)))).results,
    }),
  roles: (project: number) =>
    queryOptions({
      queryKey: [project, 'roles'],
      queryFn: async () => (await read(api.GET('/api/projects/{project_id}/roles', of(project)))).results,
    }),
  views: (project: number) =>
    queryOptions({
      queryKey: [project, 'views'],
      queryFn: async () => (await read(api.GET('/api/projects/{project_id}/conversations/views', of(project)))).results,
    }),
  tags: (project: number) =>
    queryOptions({
      queryKey: [project, 'tags'],
      queryFn: async () => (await read(api.GET('/api/projects/{project_id}/conversations/tags', of(project)))).results,
    }),
}
