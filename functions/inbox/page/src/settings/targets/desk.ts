// What the desk is asked about policies.
import { api, read, send } from '../../api/client.ts'
import type { Explained } from '../../sidebar/sla.ts'
import type { Given } from './policies.ts'

/** The policies as they are saved, and the tag that says so when they are replaced. */
export type Kept = { given: Given; tag: string | null }

export type Count = { tickets: number; is_exact: boolean }
export type Counts = { policies: (Count & { name: string })[]; without: Count }

export type Found = { date: string; name: string | null }
export type Preview = {
  from: string
  to: string
  holidays: Found[]
  left_out: { line: number; what: string; why: string }[]
  left_out_count: number
}

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
    return send({ method: 'GET', path: this.#path('sla_policies/counts/') })
  }

  /** How a ticket would stand if these were saved. */
  try(ticket: string, given: Given): Promise<Explained> {
    return send({ method: 'POST', path: this.#path('sla_policies/try/'), body: { ...given, ticket } })
  }

  holidays(text: string): Promise<Preview> {
    return send({ method: 'POST', path: this.#path('sla_policies/holidays/preview/'), body: { text } })
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

  #path = (rest: string) => `/api/projects/${this.#project}/conversations/${rest}`
}
