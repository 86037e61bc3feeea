// Where the player is: an origin that is not the page's own.
import { send } from '../../api/client.ts'

let known: Promise<string> | null = null

/** Fails if the desk has no player, or does not answer. */
export function playerOrigin(): Promise<string> {
  known ??= find().catch((error: unknown) => {
    known = null
    throw error
  })
  return known
}

async function find(): Promise<string> {
  const { origins } = await send<{ origins: string[] }>({ method: 'GET', path: '/inbox/player.json' })
  const origin = chosen(origins, location.hostname)
  if (!origin) throw new Error('no player')
  return origin
}

/** Of several addresses one with another host name than the page's: browsers keep cookies by name, whatever the port. */
export const chosen = (origins: readonly string[], host: string): string | undefined =>
  origins.find((origin) => URL.canParse(origin) && new URL(origin).hostname !== host)
