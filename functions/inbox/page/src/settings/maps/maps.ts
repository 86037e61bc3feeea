// The source maps of a project.
import { api, followAll, read } from '../../api/client.ts'
import type { components } from '../../api/schema.gen.ts'

export type SourceMap = components['schemas']['SourceMapBody']

const MOST = 1_000

export const readMaps = (project: number): Promise<SourceMap[]> =>
  followAll(read(api.GET('/api/projects/{project_id}/source_maps', { params: { path: { project_id: project }, query: { limit: MOST } } })))

export const pathOf = (project: number, id?: string) => `/api/projects/${project}/source_maps/${id ? `${id}/` : ''}`

/** The id or the address of the script. */
export const nameOf = ({ chunk_id, url }: SourceMap): string => chunk_id ?? url ?? ''

/** With a map that was uploaded just now, in the place of an earlier one of the same script. */
export const withMap = (maps: readonly SourceMap[], map: SourceMap): SourceMap[] => [map, ...maps.filter(({ id }) => id !== map.id)]
