// The widget's settings. One that was not set has the desk's default, which the fields show as it is.
import { valuesOf, type Project } from './project.ts'

const NAMES = [
  'widget_enabled',
  'widget_color',
  'widget_position',
  'widget_greeting_text',
  'widget_placeholder_text',
  'widget_require_email',
  'widget_collect_name',
  'widget_identification_form_title',
  'widget_identification_form_description',
  'widget_domains',
] as const

const DEFAULTS = {
  widget_enabled: true,
  widget_color: '#1d4aff',
  widget_position: 'bottom_right',
  widget_greeting_text: 'Hey, how can I help you today?',
  widget_placeholder_text: 'Type your message...',
  widget_require_email: false,
  widget_collect_name: false,
  widget_identification_form_title: 'Before we start...',
  widget_identification_form_description: 'Please provide your details so we can help you better.',
  widget_domains: [] as string[],
}

export type Widget = typeof DEFAULTS

export function widgetOf(project: Project): Widget {
  const set = valuesOf(NAMES, project)
  return Object.fromEntries(NAMES.map((name) => [name, set[name] ?? DEFAULTS[name]])) as Widget
}

/** A setting that is as by default is not set, so that it follows the default when that changes. */
export function settingsOf(changed: Partial<Widget>) {
  const isDefault = (name: keyof Widget) => JSON.stringify(changed[name]) === JSON.stringify(DEFAULTS[name])
  return Object.fromEntries((Object.keys(changed) as (keyof Widget)[]).map((name) => [name, isDefault(name) ? null : changed[name]]))
}

export const POSITIONS = ['top_left', 'top_right', 'bottom_left', 'bottom_right'] as const
