// What was typed in the moment before a page was left. The browser's database may not get to it any more, so it is written where
// writing is done at once, and moves to the database when a page is there again.
import type { Draft, DraftPlace } from './drafts.ts'

const PREFIX = 'lambdesk.left.'

const nameOf = ({ user, project, ticket, kind }: DraftPlace) => PREFIX + JSON.stringify([user, project, ticket, kind])

/** The browser's, or nothing where there is none or it may not be used. */
function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

export function leave(draft: Draft) {
  try {
    storage()?.setItem(nameOf(draft), JSON.stringify(draft))
  } catch {
    // It is full, or refuses: then the database has to do.
  }
}

/** The database has this place's draft, or there is none any more. */
export const take = (place: DraftPlace): void => storage()?.removeItem(nameOf(place))

/** All that was left behind. What can't be read is forgotten. */
export function leftBehind(): Draft[] {
  const kept = storage()
  if (!kept) return []
  return Object.keys(kept).filter((name) => name.startsWith(PREFIX)).flatMap((name) => {
    try {
      return [JSON.parse(kept.getItem(name) ?? '') as Draft]
    } catch {
      kept.removeItem(name)
      return []
    }
  })
}
