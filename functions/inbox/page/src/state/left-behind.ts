// What was written in the moment before a page was left. The browser's database may not get to it any more, so it is put where
// writing is done at once, and moves to the database when a page is there again. Pure of what it keeps: each value has the
// parts of its name.

const PREFIX = 'lambdesk.left.'

type Name = readonly (string | number)[]

const nameOf = (parts: Name) => PREFIX + JSON.stringify(parts)

/** The browser's, or nothing where there is none or it may not be used. */
function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

export function leave(name: Name, value: unknown) {
  try {
    storage()?.setItem(nameOf(name), JSON.stringify(value))
  } catch {
    // It is full, or refuses: then the database has to do.
  }
}

/** The database has what is of this name, or there is none any more; but what `isNewer` stays. */
export function take(name: Name, isNewer: (value: unknown) => boolean = () => false) {
  const kept = storage()
  if (kept && !isNewer(read(kept.getItem(nameOf(name))))) kept.removeItem(nameOf(name))
}

/** Whether a name of the browser's storage is of what was left behind. */
export const isLeft = (name: string): boolean => name.startsWith(PREFIX)

/** All that was left behind. What can't be read, or `is` does not know, is forgotten. */
export function leftBehind<T>(is: (value: unknown) => value is T): T[] {
  const kept = storage()
  if (!kept) return []
  return Object.keys(kept)
    .filter(isLeft)
    .flatMap((name) => {
      const value = read(kept.getItem(name))
      if (is(value)) return [value]
      kept.removeItem(name)
      return []
    })
}

function read(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}
