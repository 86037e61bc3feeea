// What the desk is asked about policies.
import { api, read } from '../../api/client.ts'
import type { components } from '../../api/schema.gen.ts'
import type { Explained } from '../../sidebar/sla.ts'
import type { Given } from './policies.ts'

/** The policies as they are saved, and the tag that says so when they are replaced. */
export type Kept = { given: Given; tag: string | null }

type Schemas = components['schemas']
export type Count = Schemas['TicketCount']
export type Counts = Schemas['SlaCounts']
export type Preview = Schemas['Preview']

export class PoliciesOf {
  readonly #project: number

  constructor(project: number) {
    this.#project = project
  }

  async load(): Promise<Kept> {
    const answer = api.GET('/api/projects/{project_id}/conversations/sla_policies', this.#of)
    return { given: (await read(answer)) as unknown as Given, tag: (await answer).response.headers.get('etag') }
  }

  async save(given: Given, tag: string | null): Promise<Kept> {
    const headers = tag === null ? {} : { 'If-Match': tag }
    const answer = api.PUT('/api/projects/{project_id}/conversations/sla_policies', { ...this.#of, body: given as never, headers })
    return { given: (await read(answer)) as unknown as Given, tag: (await answer).response.headers.get('etag') }
  }

  async example(): Promise<Given> {
    return (await read(api.GET('/api/projects/{project_id}/conversations/sla_policies/example', this.#of))) as unknown as Given
  }

  counts(): Promise<Counts> {
    return read(api.GET('/api/projects/{project_id}/conversations/sla_policies/counts', this.#of))
  }

  /** How a ticket would stand if these were saved. */
  async try(ticket: string, given: Given): Promise<Explained> {
    const body = { ...given, ticket } as never
    return (await read(api.POST('/api/projects/{project_id}/conversations/sla_policies/try', { ...this.#of, body }))) as unknown as Explained
  }

  holidays(text: string): Promise<Preview> {
    return read(api.POST('/api/projects/{project_id}/conversations/sla_policies/holidays/preview', { ...this.#of, body: { text } }))
  }

  /** Who changed the policies last, and when, as far as the caller may know. */
  async lastChange(): Promise<{ name: string | null; at: string } | null> {
    const query = { action: 'sla_policies.updated', limit: 1 } as const
    const page = await read(api.GET('/api/projects/{project_id}/audit', { params: { ...this.#of.params, query } }))
    const last = page.results[0]
    return last ? { name: last.actor.name ?? null, at: last.at } : null
  }

  get #of() {
    return { params: { path: { project_id: this.#project } } }
  }
}
