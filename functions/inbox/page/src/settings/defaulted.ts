// Settings that have a default of the desk's. The fields show the default as it is, and a setting that is as by default is not
// stored, so that it follows the default when that changes.
import { valuesOf, type Project, type SettingName } from './project.ts'

export function defaulted<T extends Partial<Record<SettingName, unknown>>>(defaults: T) {
  const names = Object.keys(defaults) as (keyof T & SettingName)[]
  return {
    of: (project: Project): T => {
      const set = valuesOf(names, project)
      return Object.fromEntries(names.map((name) => [name, set[name] ?? defaults[name]])) as T
    },
    stored: (changed: Partial<T>): Partial<T> =>
      Object.fromEntries((Object.keys(changed) as (keyof T)[]).map((name) => [name, isSame(changed[name], defaults[name]) ? null : changed[name]])) as Partial<T>,
  }
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
