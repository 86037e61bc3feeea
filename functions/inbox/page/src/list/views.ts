// The built-in views, each as the filter that its address carries.
import type { CommandId } from '../keyboard/commands.ts'
import { writeFilter, readFilter, type Filter } from './plan.ts'

export type BuiltIn = {
  name: 'queue' | 'mine' | 'unassigned' | 'open' | 'pending' | 'onHold' | 'snoozed' | 'resolved' | 'everything'
  filter: Filter
  command: CommandId
}

const UNRESOLVED = 'new,open,pending,on_hold'

export const BUILT_IN: readonly BuiltIn[] = [
  { name: 'queue', filter: {}, command: 'go.queue' },
  { name: 'mine', filter: { status: UNRESOLVED, assignee: 'me' }, command: 'go.mine' },
  { name: 'unassigned', filter: { status: UNRESOLVED, assignee: 'unassigned' }, command: 'go.unassigned' },
  { name: 'open', filter: { status: 'new,open' }, command: 'go.open' },
  { name: 'pending', filter: { status: 'pending' }, command: 'go.pending' },
  { name: 'onHold', filter: { status: 'on_hold' }, command: 'go.onHold' },
  { name: 'snoozed', filter: { snoozed: 'true' }, command: 'go.snoozed' },
  { name: 'resolved', filter: { status: 'resolved' }, command: 'go.resolved' },
  { name: 'everything', filter: { order_by: '-updated_at' }, command: 'go.everything' },
]

/** The built-in view that an address shows, if it is one. */
export function builtInAt(address: string): BuiltIn | undefined {
  if (/\/(v\/|drafts$)/.test(address)) return undefined
  const asked = writeFilter(readFilter(address.split('?')[1] ?? ''))
  return BUILT_IN.find(({ filter }) => writeFilter(filter) === asked)
}
