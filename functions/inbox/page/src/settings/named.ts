// What names a role, and so will find nobody once the role is gone. Pure, but for the reading.
import { api, followAll, read, send } from '../api/client.ts'
import type { Page, QuickAction, View } from '../api/types.ts'
import type { components } from '../api/schema.gen.ts'

type Workflow = components['schemas']['WorkflowBody']
type Kind = 'workflows' | 'quickActions' | 'views'

export type Naming = { kind: Kind; names: string[] }

/** Whether a value anywhere in a definition is this id, alone or as in `role:<id>`. */
export function names(value: unknown, id: string): boolean {
  if (typeof value === 'string') return value.split(',').some((part) => part === id || part === `role:${id}`)
  if (Array.isArray(value)) return value.some((part) => names(part, id))
  return typeof value === 'object' && value !== null && Object.values(value).some((part) => names(part, id))
}

/** Everything that the agent may see that names the role. */
export async function whatNames(project_id: number, id: string): Promise<Naming[]> {
  const params = { path: { project_id } }
  const [workflows, actions, views] = await Promise.all([
    followAll(send<Page<Workflow>>({ method: 'GET', path: `/api/projects/${project_id}/conversations/workflows/` })),
    followAll<QuickAction>(read(api.GET('/api/projects/{project_id}/conversations/quick_actions', { params: { ...params, query: { limit: 200 } } }))),
    followAll<View>(read(api.GET('/api/projects/{project_id}/conversations/views', { params }))),
  ])
  const found: Naming[] = [
    { kind: 'workflows', names: workflows.filter(({ trigger, steps }) => names([trigger, steps], id)).map(({ name }) => name) },
    { kind: 'quickActions', names: actions.filter((action) => names(action.actions, id)).map(({ name }) => name) },
    { kind: 'views', names: views.filter(({ filters }) => names(filters, id)).map(({ name }) => name) },
  ]
  return found.filter((naming) => naming.names.length > 0)
}
