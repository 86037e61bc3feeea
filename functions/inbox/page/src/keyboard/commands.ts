// Every command that has a key, in one table. Parts of the page say what a command does by `handle`; this table says which
// keys it has and where they work. `Mod` is Ctrl, or Cmd on a Mac; two strokes have a space between them.
import type { LaterMessages } from '../messages/en-later.ts'

export type CommandId = keyof LaterMessages['commands']
export type Where = keyof LaterMessages['keys']['where']
export type Command = { id: CommandId; keys: readonly string[]; where: Where }

const at = (where: Where, keys: [CommandId, ...string[]][]): Command[] =>
  keys.map(([id, ...strokes]) => ({ id, keys: strokes, where }))

/** Commands that only move: a key that is held down repeats these, and never what changes a ticket. */
export const MOVES: readonly CommandId[] = [
  'list.down',
  'list.up',
  'list.pageDown',
  'list.pageUp',
  'list.extendDown',
  'list.extendUp',
  'thread.next',
  'thread.previous',
  'thread.messageUp',
  'thread.messageDown',
  'workflow.up',
  'workflow.down',
]

export const COMMANDS: readonly Command[] = [
  ...at('anywhere', [
    ['palette.open', 'Mod+k'],
    ['keys.show', '?'],
    ['search.focus', '/'],
    ['undo', 'z'],
    ['list.apply', '.'],
    ['region.next', 'F6'],
    ['region.previous', 'Shift+F6'],
    ['out', 'Escape'],
    ['preferences.open'],
  ]),
  ...at('go', [
    ['go.queue', 'g q'],
    ['go.mine', 'g m'],
    ['go.unassigned', 'g u'],
    ['go.open', 'g o'],
    ['go.pending', 'g p'],
    ['go.onHold', 'g h'],
    ['go.snoozed', 'g z'],
    ['go.resolved', 'g r'],
    ['go.everything', 'g a'],
    ['go.drafts', 'g d'],
    ['go.views', 'g v'],
    ['go.favorite', ...Array.from({ length: 9 }, (_, at) => `g ${at + 1}`)],
    ['go.workflows', 'g w'],
    ['go.settings', 'g s'],
  ]),
  ...at('list', [
    ['list.down', 'j', 'ArrowDown'],
    ['list.up', 'k', 'ArrowUp'],
    ['list.first', 'Home'],
    ['list.last', 'End'],
    ['list.pageDown', 'PageDown'],
    ['list.pageUp', 'PageUp'],
    ['list.open', 'Enter', 'o'],
    ['list.select', 'x', 'Space'],
    ['list.extendDown', 'Shift+j'],
    ['list.extendUp', 'Shift+k'],
    ['list.selectAll', '* a'],
    ['list.selectNone', '* n'],
    ['list.selectUnread', '* u'],
    ['list.filter', 'f'],
    ['list.order', 'Shift+s'],
    ['list.saveView', 'Shift+f'],
  ]),
  ...at('ticket', [
    ['ticket.reply', 'r'],
    ['ticket.note', 'n'],
    ['ticket.assign', 'a'],
    ['ticket.toMe', 'i'],
    ['ticket.status', 's'],
    ['ticket.pending', 'w'],
    ['ticket.resolve', 'e'],
    ['ticket.reopen', 'Shift+o'],
    ['ticket.priority', 'y'],
    ['ticket.tags', 't'],
    ['ticket.snooze', 'h'],
    ['ticket.quickAction', 'm'],
    ['ticket.unread', 'u'],
    ['ticket.copyLink', 'l'],
    ['ticket.delete', '#'],
  ]),
  ...at('thread', [
    ['thread.next', 'j'],
    ['thread.previous', 'k'],
    ['thread.nextUp', 'Shift+n'],
    ['thread.messageUp', '['],
    ['thread.messageDown', ']'],
    ['thread.why', 'b'],
    ['thread.sidebar', 'c'],
    ['thread.recording', 'v'],
    ['thread.events', 'Shift+v'],
    ['thread.errors', 'Shift+x'],
    ['thread.previousTickets', 'Shift+p'],
    ['thread.activity', 'Shift+a'],
  ]),
  ...at('workflow', [
    ['workflow.up', 'ArrowUp'],
    ['workflow.down', 'ArrowDown'],
    ['workflow.moveUp', 'Alt+ArrowUp'],
    ['workflow.moveDown', 'Alt+ArrowDown'],
    ['workflow.moveIn', 'Alt+ArrowRight'],
    ['workflow.moveOut', 'Alt+ArrowLeft'],
    ['workflow.remove', 'Delete'],
    ['workflow.save', 'Mod+s'],
  ]),
  ...at('composer', [
    ['composer.send', 'Mod+Enter'],
    ['composer.sendResolve', 'Mod+Shift+Enter'],
    ['composer.sendOnly', 'Alt+Enter'],
    ['composer.kind', 'Mod+;'],
    ['composer.bold', 'Mod+b'],
    ['composer.italic', 'Mod+i'],
    ['composer.code', 'Mod+e'],
  ]),
]
