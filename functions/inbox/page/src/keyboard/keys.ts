// Reading one stroke of the keyboard.

export type Stroke = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> & {
  getModifierState?: (name: 'AltGraph') => boolean
}

const LATIN_LETTER = /^[a-z]$/i
const ANY_LETTER = /^\p{L}$/u

/**
 * The stroke as the table of commands writes it, such as `Shift+n` or `Mod+k`. A letter is what the layout gives; where
 * the layout has other letters, such as Cyrillic ones, it is what stands on that key in English.
 */
export function strokeOf(event: Stroke): string {
  const letter = letterOf(event)
  const name = letter ?? (event.key === ' ' ? 'Space' : event.key)
  // AltGr writes signs such as `[` on many layouts; some systems report it as Ctrl and Alt.
  const isTyped = event.getModifierState?.('AltGraph') === true && name.length === 1
  const held = [
    (event.ctrlKey || event.metaKey) && !isTyped ? 'Mod' : '',
    event.altKey && !isTyped ? 'Alt' : '',
    // Shift is part of a sign such as `?` already.
    event.shiftKey && (letter !== undefined || name.length > 1) ? 'Shift' : '',
  ]
  return [...held, name].filter(Boolean).join('+')
}

function letterOf({ key, code }: Stroke): string | undefined {
  if (LATIN_LETTER.test(key)) return key.toLowerCase()
  const onKey = /^Key([A-Z])$/.exec(code)?.[1]
  // With Alt held, a Mac writes other letters, or begins an accent.
  return (ANY_LETTER.test(key) || key === 'Dead') && onKey ? onKey.toLowerCase() : undefined
}

/** Whether a stroke types a character, so that people who dictate or hit keys by chance may want it off. */
export const isCharacter = (stroke: string): boolean => /^(Shift\+)?[^+\s]$/.test(stroke) || stroke === '+'

/** A stroke without its Alt, for agents whose commands work with Alt held only; null if that is not held. */
export const withoutAlt = (stroke: string): string | null => (/^Alt\+(Shift\+)?.$/.test(stroke) ? stroke.slice('Alt+'.length) : null)

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
