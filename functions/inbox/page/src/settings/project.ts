// The project's own settings: how they are read and stored.
import { api, read } from '../api/client.ts'
import type { components } from '../api/schema.gen.ts'

export type Project = components['schemas']['ProjectBody']
type Change = components['schemas']['ProjectChange']
type Settings = NonNullable<Change['conversations_settings']>
export type SettingName = keyof Settings

/** The settings in fields, where null stands for one that was not set. */
export type Values<N extends SettingName> = { [name in N]: Exclude<Settings[name], undefined> | null }

export const PREFIX = 'conversations_settings.'

const of = (project_id: number) => ({ params: { path: { project_id } } })

export const readProject = (id: number): Promise<Project> => read(api.GET('/api/projects/{project_id}', of(id)))

/** Merges these into what is there: what somebody else sets meanwhile stays. */
export const storeProject = (id: number, change: Change): Promise<Project> => read(api.PATCH('/api/projects/{project_id}', { ...of(id), body: change }))

/** Some of a project's settings, as fields hold them. */
export function valuesOf<N extends SettingName>(names: readonly N[], { conversations_settings: set }: Project): Values<N> {
  return Object.fromEntries(names.map((name) => [name, set[name] ?? null])) as Values<N>
}
