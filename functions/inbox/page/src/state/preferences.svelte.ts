// What this agent chose. It is kept in this browser, so that the first paint has it.

import type { CommandId } from '../keyboard/commands.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Density = 'comfortable' | 'compact'
export type AfterResolve = 'next' | 'list' | 'stay'
export type SendStatus = 'pending' | 'unchanged' | 'resolved'
export type Shortcuts = 'on' | 'off' | 'alt'

/** What of a ticket its row shows, beside the customer's name. */
export const COLUMNS = ['channel', 'sla', 'age', 'number', 'status', 'priority', 'text', 'tags', 'assignee'] as const
export type Column = (typeof COLUMNS)[number]

export type Notifications = {
  sound: boolean
  /** From 0 to 1. */
  volume: number
  desktop: boolean
  /** Whether a notification shows what was written. */
  text: boolean
  /** Hours without sound and notifications, such as `22:00`; null for none. */
  quietFrom: string | null
  quietTo: string | null
}

export type Preferences = {
  theme: Theme
  density: Density
  hiddenColumns: Column[]
  railCollapsed: boolean
  sidebarOpen: boolean
  listWidth: number
  sidebarSections: string[]
  sidebarClosed: string[]
  afterResolve: AfterResolve
  sendStatus: SendStatus
  undoSendSeconds: 0 | 5 | 10
  shortcuts: Shortcuts
  priorityFirst: boolean
  takeNext: boolean
  showChanges: boolean
  /** The keys of commands that the agent changed, by command. */
  keys: Partial<Record<CommandId, string[]>>
  notifications: Notifications
  /** What was chosen last in the palette, the newest first. */
  recent: string[]
}

const DEFAULTS: Preferences = {
  theme: 'system',
  density: 'comfortable',
  hiddenColumns: [],
  railCollapsed: false,
  sidebarOpen: true,
  listWidth: 400,
  sidebarSections: [],
  sidebarClosed: [],
  afterResolve: 'next',
  sendStatus: 'pending',
  undoSendSeconds: 5,
  shortcuts: 'on',
  priorityFirst: false,
  takeNext: false,
  showChanges: true,
  keys: {},
  notifications: { sound: false, volume: 0.5, desktop: false, text: true, quietFrom: null, quietTo: null },
  recent: [],
}

const KEY = 'lambdesk.preferences'

function load(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
    return { ...DEFAULTS, ...kept, notifications: { ...DEFAULTS.notifications, ...kept.notifications } }
  } catch {
    return { ...DEFAULTS }
  }
}

export const preferences = $state<Preferences>(load())

type Heard = (change: Partial<Preferences>) => void
const listeners = new Set<Heard>()

/** Calls on each change that the agent makes in this tab, until the answer is called. */
export function onPrefer(heard: Heard): () => void {
  listeners.add(heard)
  return () => void listeners.delete(heard)
}

/** Changes some of them and keeps them. */
export function prefer(change: Partial<Preferences>, how: { isFromDesk?: boolean } = {}) {
  Object.assign(preferences, change)
  applyTheme()
  if (!how.isFromDesk) for (const heard of listeners) heard(change)
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // A browser that keeps nothing still works for this visit.
  }
}

export function applyTheme() {
  if (preferences.theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = preferences.theme
}

applyTheme()
addEventListener('storage', (event) => {
  if (event.key === KEY) Object.assign(preferences, load())
  applyTheme()
})
