// Every section of the settings, in one table. A section is a component without props, fetched when it is first shown.
import type { Component } from 'svelte'
import Activity from '@lucide/svelte/icons/activity'
import AtSign from '@lucide/svelte/icons/at-sign'
import FileCode from '@lucide/svelte/icons/file-code'
import KeyRound from '@lucide/svelte/icons/key-round'
import Mail from '@lucide/svelte/icons/mail'
import MessageCircle from '@lucide/svelte/icons/message-circle'
import MonitorSmartphone from '@lucide/svelte/icons/monitor-smartphone'
import ScrollText from '@lucide/svelte/icons/scroll-text'
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal'
import Tag from '@lucide/svelte/icons/tag'
import Timer from '@lucide/svelte/icons/timer'
import Users from '@lucide/svelte/icons/users'
import UsersRound from '@lucide/svelte/icons/users-round'
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
  { name: 'widget', icon: MessageCircle, isWide: true, load: () => import('./WidgetSection.svelte') },
  { name: 'email', icon: Mail, isForAll: true, load: () => import('./EmailSection.svelte') },
  { name: 'context', icon: Activity, load: () => import('./ContextSection.svelte') },
  { name: 'source-maps', icon: FileCode, load: () => import('./maps/MapsSection.svelte') },
  { name: 'keys', icon: KeyRound, isForAll: true, load: () => import('./KeysSection.svelte') },
  { name: 'members', icon: Users, isForAll: true, load: () => import('./MembersSection.svelte') },
  { name: 'roles', icon: UsersRound, isForAll: true, load: () => import('./RolesSection.svelte') },
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
  { name: 'sessions', icon: MonitorSmartphone, isForAll: true, load: () => import('./SessionsSection.svelte') },
]

export const GROUPS: readonly { name: keyof typeof t.settings.groups; sections: readonly Section[] }[] = [
  { name: 'project', sections: PROJECT },
  { name: 'work', sections: WORK },
  { name: 'own', sections: OWN },
]

export const SECTIONS: readonly Section[] = GROUPS.flatMap(({ sections }) => sections)
