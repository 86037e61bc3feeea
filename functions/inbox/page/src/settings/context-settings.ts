// What is kept of customers' browser sessions. A setting that was not set has the desk's default, which the fields show as it is.
import { valuesOf, type Project } from './project.ts'

const NAMES = [
  'context_events',
  'context_exceptions',
  'context_url_queries',
  'context_days',
  'context_recording',
  'context_recording_text',
  'recording_days',
] as const

const DEFAULTS = {
  context_events: true,
  context_exceptions: true,
  context_url_queries: false,
  context_days: 7 as number | null,
  context_recording: false,
  context_recording_text: 'masked' as 'masked' | 'visible',
  recording_days: 30 as number | null,
}

export type Captured = typeof DEFAULTS

export function capturedOf(project: Project): Captured {
  const set = valuesOf(NAMES, project)
  return Object.fromEntries(NAMES.map((name) => [name, set[name] ?? DEFAULTS[name]])) as Captured
}

/** A setting that is as by default is not set, so that it follows the default when that changes. */
export const capturedSettings = (changed: Partial<Captured>) =>
  Object.fromEntries((Object.keys(changed) as (keyof Captured)[]).map((name) => [name, changed[name] === DEFAULTS[name] ? null : changed[name]]))
