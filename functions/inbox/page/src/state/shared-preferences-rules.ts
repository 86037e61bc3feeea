// Which preferences the desk keeps, and what of its object is taken. Pure.
import type { Preferences } from './preferences.svelte.ts'

const LOCAL: readonly (keyof Preferences)[] = ['railCollapsed', 'sidebarOpen', 'listWidth', 'recent']

export const isShared = (name: string): boolean => !LOCAL.includes(name as keyof Preferences)

export type Kept = Record<string, unknown>

/** What of the desk's object this page takes: the preferences that it knows, of the kind that they have. */
export function known(said: Kept, own: Preferences): Partial<Preferences> {
  const fits = ([name, value]: [string, unknown]) =>
    isShared(name) && name in own && typeof value === typeof own[name as keyof Preferences] && value !== null
  const taken = Object.fromEntries(Object.entries(said).filter(fits)) as Partial<Preferences>
  return taken.notifications ? { ...taken, notifications: { ...own.notifications, ...taken.notifications } } : taken
}

/** Whether a change is one that the desk keeps. */
export const toShare = (change: Partial<Preferences>): boolean => Object.keys(change).some(isShared)
