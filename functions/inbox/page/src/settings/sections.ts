// Every section of the settings, in one table. A section is a component without props, fetched when it is first shown.
import type { Component } from 'svelte'
import AtSign from '@lucide/svelte/icons/at-sign'
import ScrollText from '@lucide/svelte/icons/scroll-text'
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal'
import Tag from '@lucide/svelte/icons/tag'
import Timer from '@lucide/svelte/icons/timer'
import Zap from '@lucide/svelte/icons/zap'
import { t } from '../messages/settings.ts'

export type SectionName = keyof typeof t.settings.sections

export type Section = {
  name: SectionName
  icon: Component<{ size?: number }>
  /** Whether agents without an administrator's rights see it. */
  isForAll?: true
  /** Takes the whole width instead of a column to read. */
  isWide?: true
  load: () => Promise<{ default: Component }>
}

const PROJECT: readonly Section[] = [
  { name: 'project', icon: SlidersHorizontal, load: () => import('./ProjectSection.svelte') },
  { name: 'audit', icon: ScrollText, load: () => import('./AuditSection.svelte') },
]

/** What the work on tickets follows. */
const WORK: readonly Section[] = [
  { name: 'targets', icon: Timer, isForAll: true, isWide: true, load: () => import('./TargetsSection.svelte') },
  { name: 'quick-actions', icon: Zap, isForAll: true, load: () => import('./QuickActionsSection.svelte') },
  { name: 'tags', icon: Tag, isForAll: true, load: () => import('./TagsSection.svelte') },
]

const OWN: readonly Section[] = [
  { name: 'personal', icon: AtSign, isForAll: true, load: () => import('./PersonalSection.svelte') },
]

export const GROUPS: readonly { name: keyof typeof t.settings.groups; sections: readonly Section[] }[] = [
  { name: 'project', sections: PROJECT },
  { name: 'work', sections: WORK },
  { name: 'own', sections: OWN },
]

export const SECTIONS: readonly Section[] = GROUPS.flatMap(({ sections }) => sections)
