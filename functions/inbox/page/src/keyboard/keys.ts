// Reading one stroke of the keyboard.

export type Stroke = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

const LATIN_LETTER = /^[a-z]$/i
const ANY_LETTER = /^\p{L}$/u

/**
 * The stroke as the table of commands writes it, such as `Shift+n` or `Mod+k`. A letter is what the layout gives; where
 * the layout has other letters, such as Cyrillic ones, it is what stands on that key in English.
 */
export function strokeOf(event: Stroke): string {
  const letter = letterOf(event)
  const name = letter ?? (event.key === ' ' ? 'Space' : event.key)
  const held = [
    event.ctrlKey || event.metaKey ? 'Mod' : '',
    event.altKey ? 'Alt' : '',
    // Shift is part of a sign such as `?` already.
    event.shiftKey && (letter !== undefined || name.length > 1) ? 'Shift' : '',
  ]
  return [...held, name].filter(Boolean).join('+')
}

function letterOf({ key, code }: Stroke): string | undefined {
  if (LATIN_LETTER.test(key)) return key.toLowerCase()
  const onKey = /^Key([A-Z])$/.exec(code)?.[1]
  return ANY_LETTER.test(key) && onKey ? onKey.toLowerCase() : undefined
}

/** A stroke as it stands on keys and in menus. */
export function spell(stroke: string, isMac: boolean): string[] {
  const names: Record<string, string> = {
    Mod: isMac ? '⌘' : 'Ctrl',
    Alt: isMac ? '⌥' : 'Alt',
    Shift: '⇧',
    ArrowDown: '↓',
    ArrowUp: '↑',
    Escape: 'Esc',
    PageDown: 'PgDn',
    PageUp: 'PgUp',
  }
  return stroke.split('+').map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part))
}
