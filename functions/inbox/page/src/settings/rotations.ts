import { api, read } from '../api/client.ts'
import type { components } from '../api/schema.gen.ts'

type Entry = components['schemas']['AuditBody']
export type Rotations = { rotated: { at: string; by: string } | null; hasBackup: boolean }

/** When the project's secret was rotated last, and whether the one before still counts: the audit log knows, for 400 days. */
export async function readRotations(project_id: number): Promise<Rotations> {
  const last = async (action: Entry['action']) => {
    const params = { path: { project_id }, query: { action, limit: 1 } }
    return (await read(api.GET('/api/projects/{project_id}/audit', { params }))).results[0]
  }
  const [rotated, ended] = await Promise.all([last('secret_api_token.rotated'), last('secret_api_token_backup.deleted')])
  return rotationsOf(rotated, ended)
}

export function rotationsOf(rotated: Pick<Entry, 'at' | 'actor'> | undefined, ended: Pick<Entry, 'at'> | undefined): Rotations {
  if (!rotated) return { rotated: null, hasBackup: false }
  return { rotated: { at: rotated.at, by: rotated.actor.name ?? '' }, hasBackup: !ended || Date.parse(ended.at) < Date.parse(rotated.at) }
}
