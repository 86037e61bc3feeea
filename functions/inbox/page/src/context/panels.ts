// The panels by name, and why one may have nothing to show.
import type { State } from '../api/types.ts'

export const PANELS = ['recording', 'events', 'errors'] as const
export type PanelName = (typeof PANELS)[number]

/** Why there is nothing to see. */
export type Emptiness = Exclude<State, 'ready'>

export const isPanel = (name: string | null | undefined): name is PanelName => PANELS.includes(name as PanelName)
