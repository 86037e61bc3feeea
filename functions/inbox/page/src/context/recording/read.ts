// Where a recording and its parts are read.
import { api, read } from '../../api/client.ts'
import type { Part } from './timeline.ts'

/** Whose recording. Without a session it is the one that the ticket was opened in. */
export type Whose = { project: number; ticket: string; session: string | null }

const CHUNK = '/api/projects/{project_id}/conversations/tickets/{id}/recording/{chunk}'

/** The path of what there is of a recording. */
export const listOf = ({ project, ticket, session }: Whose) =>
  `/api/projects/${project}/conversations/tickets/${ticket}/recording/${session === null ? '' : `?session=${encodeURIComponent(session)}`}`

/** A part as it is kept. The page does not look into it: a stranger made it. */
export function readPart({ project, ticket, session }: Whose, { id }: Part): Promise<ArrayBuffer> {
  const params = { path: { project_id: project, id: ticket, chunk: id }, query: { ...(session !== null && { session }) } }
  return read<ArrayBuffer>(api.GET(CHUNK, { params, parseAs: 'arrayBuffer' }))
}
