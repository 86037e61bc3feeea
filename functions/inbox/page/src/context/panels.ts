// The panels by name, and why one may have nothing to show.
import type { State } from '../api/types.ts'

export const PANELS = ['recording', 'events', 'errors'] as const
export type PanelName = (typeof PANELS)[number]

/** Why there is nothing to see. */
export type Emptiness = Exclude<State, 'ready'>

export const isPanel = (name: string | null | undefined): name is PanelName => PANELS.includes(name as PanelName)

/** A moment that a recording is worth looking at for. */
export type SeenMark = { at: string; kind: 'page' | 'error'; label: string }

/** What the panel of a recording is told. */
export type RecordingProps = {
  /** The ticket's id. */
  ticket: string
  /** The session that is shown; null for the one in which the ticket was opened. */
  session: string | null
  /** When the message was written that the session belongs to. */
  messageAt: string
  /** Page changes and errors of the session. */
  marks?: readonly SeenMark[]
  /** The ticket is tagged as disturbing, so its recording waits for a click. */
  warns?: boolean
}
