// What the palette offers, for the tickets at hand and for the whole desk.
import type { QuickAction, Status, Tag } from '../api/types.ts'
import type { Command, CommandId } from '../keyboard/commands.ts'
import { people, PRIORITIES, STATUSES } from '../list/choices.ts'
import { numberIn } from '../list/filters.ts'
import { t } from '../messages/later.ts'
import { moment } from '../messages/time.ts'
import { presetAt, PRESETS } from '../sidebar/later.ts'
import { readAssignee } from '../state/assignee.ts'
import type { Target } from '../state/at-hand.svelte.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { router } from '../state/router.svelte.ts'
import type { Entry, Group } from './rank.ts'
import { change } from './target.ts'

/** What is asked for: everything, or only the values of one property. */
export type Scope = 'all' | 'status' | 'priority' | 'assignee' | 'tags' | 'snooze'

export type Known = {
  commands: readonly Command[]
  can: (id: CommandId) => boolean
  run: (id: CommandId) => void
  tags: readonly Tag[]
  quickActions: readonly QuickAction[]
  zone: string
}

/** Moving about is done by keys, not by name. */
const UNNAMED = /^(palette\.open|out|list\.(down|up|first|last|page|open|extend)|thread\.message|region\.|workflow\.(up|down|move)|go\.favorite|composer\.(bold|italic|code))/
const GROUP: Record<Command['where'], Group> = { ticket: 'ticket', thread: 'ticket', composer: 'ticket', workflow: 'more', recording: 'more', go: 'go', list: 'more', anywhere: 'more' }

export function entriesOf(desk: Desk, target: Target | null, scope: Scope, typed: string, known: Known): Entry[] {
  const values = target ? valuesOf(desk, target, scope, typed, known) : []
  if (scope !== 'all') return values
  return [...open(desk, typed), ...commands(desk, target, known), ...views(desk), ...values]
}

function open(desk: Desk, typed: string): Entry[] {
  const number = numberIn(typed)
  if (number === null) return []
  return [{ id: `open ${number}`, group: 'go', label: t.search.open(number), keywords: [String(number), `#${number}`], run: () => desk.openNumber(number) }]
}

function commands(desk: Desk, target: Target | null, { commands: all, can, run }: Known): Entry[] {
  const isOpen = target?.is === 'ticket' && target.ticket.id === desk.openTicket?.id
  // What the page shows of the open ticket needs it open; the next one up may be the first.
  const applies = ({ id, where }: Command) => (where === 'ticket' ? target !== null : where !== 'thread' || isOpen || id === 'thread.nextUp')
  return all
    .filter((command) => can(command.id) && !UNNAMED.test(command.id) && applies(command))
    .map(({ id, where }) => ({ id, group: GROUP[where], label: t.commands[id], command: id, run: () => run(id) }))
    .toSorted((a, b) => ORDER.indexOf(a.group) - ORDER.indexOf(b.group))
}

const ORDER: readonly Group[] = ['ticket', 'go', 'more']

const views = (desk: Desk): Entry[] =>
  desk.views.map(({ short_id: id, name }) => ({
    id: `view ${id}`,
    group: 'views',
    label: name,
    keywords: [t.view.label],
    run: () => router.go({ name: 'view', project: desk.project.id, view: id, filters: '' }),
  }))

function valuesOf(desk: Desk, target: Target, scope: Scope, typed: string, known: Known): Entry[] {
  const wants = (one: Scope) => scope === 'all' || scope === one
  return [
    ...(wants('assignee') ? assignees(desk, target) : []),
    ...(wants('status') ? statuses(desk, target) : []),
    ...(wants('priority') ? priorities(desk, target) : []),
    ...(wants('tags') ? tags(desk, target, scope === 'tags' ? typed : '', known.tags) : []),
    ...(wants('snooze') ? snoozes(desk, target, known.zone) : []),
    ...(scope === 'all' ? quickActions(desk, target, known.quickActions) : []),
  ]
}

function assignees(desk: Desk, target: Target): Entry[] {
  const all = people(desk.members, desk.roles, desk.me.id).map(({ value, label, detail = '', keywords = [] }): Entry => ({
    id: `assign ${value}`,
    group: 'people',
    label: t.palette.assign(label),
    detail,
    keywords,
    run: () => change(desk, target, { assignee: readAssignee(value) }),
  }))
  const nobody: Entry = { id: 'assign nobody', group: 'people', label: t.palette.assign(t.list.nobody), run: () => change(desk, target, { assignee: null }) }
  return [...all, nobody]
}

const statuses = (desk: Desk, target: Target): Entry[] =>
  STATUSES.map(({ value, label }) => ({
    id: `status ${value}`,
    group: 'status',
    label: t.palette.status(label),
    run: () => change(desk, target, { status: value as Status }),
  }))

const priorities = (desk: Desk, target: Target): Entry[] =>
  [...PRIORITIES.map(({ value }) => value as 'low' | 'medium' | 'high'), null].map((priority) => ({
    id: `priority ${priority ?? 'none'}`,
    group: 'status',
    label: t.palette.priority(priority === null ? t.noPriority : t.priority[priority]),
    run: () => change(desk, target, { priority }),
  }))

function tags(desk: Desk, target: Target, typed: string, known: readonly Tag[]): Entry[] {
  const has = (tag: string) => target.is === 'ticket' && target.ticket.tags.includes(tag)
  const asked = typed.trim().toLowerCase()
  const names = [...new Set([...known.map(({ name }) => name), ...(target.is === 'ticket' ? target.ticket.tags : []), ...(asked ? [asked] : [])])]
  return names.map((tag) => ({
    id: `tag ${tag}`,
    group: 'tags',
    label: has(tag) ? t.palette.removeTag(tag) : t.palette.addTag(tag),
    keywords: [tag],
    run: () => change(desk, target, { tags: [tag], tags_mode: has(tag) ? 'remove' : 'add' }),
  }))
}

function snoozes(desk: Desk, target: Target, zone: string): Entry[] {
  return PRESETS.map((preset) => {
    const at = presetAt(preset, Date.now(), zone)
    const label = t.palette.snooze(t.sidebar.presets[preset])
    return { id: `snooze ${preset}`, group: 'status', label, detail: moment(at.getTime()), run: () => change(desk, target, { snoozed_until: at.toISOString() }) }
  })
}

/** Those without a text are changes, made at once; a text goes into the composer of its one ticket first. */
const quickActions = (desk: Desk, target: Target, known: readonly QuickAction[]): Entry[] =>
  known
    .filter(({ content }) => content.trim() === '' || target.is === 'ticket')
    .map((action) => ({
      id: `quick ${action.short_id}`,
      group: 'quickActions',
      label: action.name,
      detail: action.description,
      keywords: [action.description],
      run: () => {
        if (target.is === 'ticket' && action.content.trim() !== '') return desk.write(target.ticket, action)
        const { assignee, tags: added, priority, status } = action.actions
        change(desk, target, {
          ...(status && { status }),
          ...(priority && { priority }),
          ...(assignee && { assignee: readAssignee(`${assignee.type}:${String(assignee.id)}`) }),
          ...(added && added.length > 0 && { tags: added, tags_mode: 'add' as const }),
        })
      },
    }))
