// What the desk keeps of an agent's preferences, so that every machine has it. Sizes of regions and what was used last stay
// with the browser. Keys of the desk's object that this page does not know stay in it.
import { send } from '../api/client.ts'
import { onPrefer, prefer, preferences, type Preferences } from './preferences.svelte.ts'
import { isShared, known, toShare, type Kept } from './shared-preferences-rules.ts'

const PATH = '/api/me/preferences/'
const SENT_AFTER_MS = 1_000

/** Takes what the desk has, then tells it each change. The answer ends that. */
export function sharePreferences(): () => void {
  let said: Kept = {}
  let timer: ReturnType<typeof setTimeout> | undefined
  let isWaiting = false
  let isReady = false

  const shared = () => ({ ...said, ...Object.fromEntries(Object.entries(copy()).filter(([name]) => isShared(name))) })
  const write = (keepalive = false) => {
    clearTimeout(timer)
    isWaiting = false
    // A write that fails is made up for by the next one; the browser has its own copy.
    void send<Kept>({ method: 'PUT', path: PATH, body: shared(), keepalive }).then((answer) => (said = answer ?? said), () => {})
  }
  const later = () => {
    isWaiting = true
    clearTimeout(timer)
    if (isReady) timer = setTimeout(write, SENT_AFTER_MS)
  }

  const forget = onPrefer((change) => toShare(change) && later())
  const hide = () => isWaiting && isReady && write(true)
  addEventListener('pagehide', hide)

  void send<Kept>({ method: 'GET', path: PATH }).then(
    (answer) => {
      said = answer ?? {}
      isReady = true
      // What was changed while the answer was on its way is newer.
      if (isWaiting) return later()
      prefer(known(said, preferences), { isFromDesk: true })
    },
    () => {},
  )
  return () => {
    forget()
    hide()
    clearTimeout(timer)
    removeEventListener('pagehide', hide)
  }
}

const copy = (): Preferences => JSON.parse(JSON.stringify(preferences)) as Preferences
