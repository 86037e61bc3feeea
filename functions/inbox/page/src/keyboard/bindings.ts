// The table of keys with what the agent changed in it, and what may not be changed. Pure.
import { COMMANDS, type Command, type CommandId, type Where } from './commands.ts'

export type Changed = Partial<Record<CommandId, string[]>>

export const bound = (changed: Changed): Command[] =>
  COMMANDS.map((command) => ({ ...command, keys: changed[command.id] ?? command.keys }))

/** Strokes that browsers keep for themselves, that write, or without which nobody gets out of a place. */
const KEPT = /^(Tab|Shift\+Tab|Mod\+(Shift\+)?[acfhjlnopqrstvwxyz0-9]|Mod\+[-+]|F5|F11|F12)$/

export type Refusal = { is: 'kept' } | { is: 'taken'; by: CommandId }

/** Why a command may not have these keys; null if it may. */
export function refusal(changed: Changed, id: CommandId, keys: string): Refusal | null {
  const command = COMMANDS.find((each) => each.id === id)
  if (!command) return null
  if (command.keys.includes(keys)) return taken(changed, command, keys)
  if (keys.split(' ').some((stroke) => KEPT.test(stroke))) return { is: 'kept' }
  return taken(changed, command, keys)
}

function taken(changed: Changed, command: Command, keys: string): Refusal | null {
  const other = bound(changed).find(
    ({ id, where, keys: theirs }) => id !== command.id && meet(where, command.where) && theirs.some((their) => clash(their, keys)),
  )
  return other ? { is: 'taken', by: other.id } : null
}

/** Two commands meet if one press could mean both. The list, the open ticket and a workflow each have their own keys for moving. */
const meet = (one: Where, other: Where): boolean => !(SIDE.includes(one) && SIDE.includes(other) && one !== other)
const SIDE: readonly Where[] = ['list', 'thread', 'workflow', 'recording']

/** The same keys, or one of them begins the other. */
const clash = (one: string, other: string): boolean => one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `)

/** The change that gives a command one key more or less; without a change where that is what the table says anyway. */
export function withKeys(changed: Changed, id: CommandId, keys: readonly string[]): Changed {
  const { [id]: _, ...others } = changed
  const usual = COMMANDS.find((command) => command.id === id)?.keys ?? []
  const isUsual = usual.length === keys.length && usual.every((key, at) => key === keys[at])
  return isUsual ? others : { ...others, [id]: [...keys] }
}
