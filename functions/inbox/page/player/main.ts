// The frame with the player. It is of another origin than the inbox page, without its cookies, and may fetch nothing: what
// it plays comes from strangers. It hears only the page that frames it, and tells it only times, states and counts.
import '@rrweb/replay/dist/style.css'
import './player.css'
import { readAsked, written, type Asked, type Told } from '../src/player/wire.ts'
import { Reader } from './events.ts'
import { fit } from './fit.ts'
import { readPart } from './parts.ts'
import { Playback } from './playback.ts'

/** The addresses that the inbox has, as the server of this document knows them. */
const inbox = document.querySelector<HTMLMetaElement>('meta[name=inbox]')?.content.split(' ') ?? []
const reader = new Reader(location.pathname === '/player-with-pictures', { leftOut: 0, pictures: 0 })
let page: string | null = null

const tell = (told: Told) => void (page !== null && parent.postMessage(written(told), page))
const hasMotion = !matchMedia('(prefers-reduced-motion: reduce)').matches
const playback = new Playback(document.body, (at, state) => tell({ kind: 'time', at, state }), hasMotion)
fit(document.body)

/** Parts are read one after the other, whatever each takes. */
let turn = Promise.resolve()
const inTurn = (work: () => Promise<void> | void) => {
  turn = turn.then(work).catch(() => tell({ kind: 'broken' }))
}

async function take(bytes: ArrayBuffer) {
  await playback.take(await readPart(bytes, reader))
  tell({ kind: 'taken', ...reader.told })
}

function hear(asked: Asked) {
  switch (asked.kind) {
    case 'hello':
      return tell({ kind: 'ready' })
    case 'part':
      return inTurn(() => take(asked.bytes))
    case 'end':
      return inTurn(() => playback.complete())
    case 'seek':
      return playback.seek(asked.at)
    case 'play':
      return playback.play()
    case 'pause':
      return playback.pause()
    case 'speed':
      playback.speed = asked.speed
      return
    case 'skip':
      playback.skips = asked.isOn
      return
  }
}

addEventListener('message', ({ data, origin, source }) => {
  if (source !== parent || parent === window || !inbox.includes(origin) || (page !== null && page !== origin)) return
  const asked = readAsked(data)
  if (!asked || (page === null && asked.kind !== 'hello')) return
  page = origin
  hear(asked)
})

// The replayer works in timers, so what it trips over comes here.
addEventListener('error', () => tell({ kind: 'broken' }))
