// Links to files. Each is good for 15 minutes, so one is asked for when it is needed, and used again for a while.
import { send } from '../../api/client.ts'
import type { Attachment, FileLink } from '../../api/types.ts'

const MARGIN_MS = 60_000
const known = new Map<string, FileLink>()

/** Fails if the file is not to be had. */
export async function linkTo({ id, url }: Pick<Attachment, 'id' | 'url'>): Promise<string> {
  const link = known.get(id)
  if (link && Date.parse(link.expires_at) - Date.now() > MARGIN_MS) return link.url
  if (url === null) throw new Error('not kept')
  const fresh = await send<FileLink>({ method: 'GET', path: url })
  known.set(id, fresh)
  return fresh.url
}

/** As if a link to it were pressed. What is downloaded needs no window; the desk's files say so of themselves. */
export function follow(url: string, isShown = false) {
  const beside = isShown ? { target: '_blank', rel: 'noopener noreferrer' } : {}
  Object.assign(document.createElement('a'), { href: url, ...beside }).click()
}

const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
export const isPicture = ({ content_type: type, state }: Pick<Attachment, 'content_type' | 'state'>): boolean => state === 'kept' && SHOWN.includes(type)
