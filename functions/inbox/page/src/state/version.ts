// Whether the desk serves a newer page than this one. It says so in each answer of sync; between releases of one number, the
// address of the page's script tells, since it changes with the page.
import { sync } from './sync.svelte.ts'

const AGAIN_AFTER_MS = 15 * 60_000
const SCRIPT = /<script type="module"[^>]* src="([^"]+)"/

/** Looks at the page that the desk serves, when this one is looked at again. A part that is gone tells it too. */
export function watchVersion() {
  const own = document.querySelector<HTMLScriptElement>('script[type=module]')?.getAttribute('src')
  let lookedAt = Date.now()
  addEventListener('vite:preloadError', () => (sync.isOutdated = true))
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || sync.isOutdated || Date.now() - lookedAt < AGAIN_AFTER_MS) return
    lookedAt = Date.now()
    void served().then((script) => (sync.isOutdated ||= script !== undefined && script !== own), () => {})
  })
}

async function served(): Promise<string | undefined> {
  const answer = await fetch('/inbox/', { cache: 'no-cache' })
  return answer.ok ? SCRIPT.exec(await answer.text())?.[1] : undefined
}
