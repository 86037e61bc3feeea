// The page's side of the player: what the agent asks for, and what the frame said last.
import { readTold, written, type Asked, type Speed, type State } from '../../player/wire.ts'
import { Feed } from './feed.ts'
import { within, type Part, type Tab } from './timeline.ts'

/** How far ahead of the picture parts are fetched, at the usual speed. */
const AHEAD_MS = 60_000
/** The frame answers in a moment, or not at all. */
const ANSWER_MS = 10_000

type Status = 'starting' | 'ready' | 'unreachable' | 'broken'

export class Player {
  status = $state<Status>('starting')
  at = $state(0)
  state = $state.raw<State>('waiting')
  speed = $state<Speed>(1)
  skips = $state(false)
  /** Events that can't be shown, pictures that are not, and parts that could not be fetched. */
  leftOut = $state(0)
  pictures = $state(0)
  missing = $state(0)
  /** Whether it plays, or would if the next part were there. */
  plays = $state(false)

  readonly #tab: Tab
  readonly #read: (part: Part) => Promise<ArrayBuffer>
  #frame: Window | null = null
  #origin = ''
  #feed: Feed | null = null
  #late: ReturnType<typeof setTimeout> | undefined

  constructor(tab: Tab, at: number, read: (part: Part) => Promise<ArrayBuffer>) {
    this.#tab = tab
    this.#read = read
    this.at = within(at, tab)
  }

  /** Listens to frames of this page. Returns what ends that. */
  listen(): () => void {
    const hear = (event: MessageEvent) => this.#hear(event)
    addEventListener('message', hear)
    return () => {
      removeEventListener('message', hear)
      clearTimeout(this.#late)
      this.#feed?.stop()
    }
  }

  /** A frame was loaded from this origin; one with another document takes the place of the one before. */
  begin(frame: Window | null, origin: string) {
    this.#feed?.stop()
    this.#feed = null
    this.#frame = frame
    this.#origin = origin
    this.status = 'starting'
    clearTimeout(this.#late)
    this.#late = setTimeout(() => (this.status = 'unreachable'), ANSWER_MS)
    this.#ask({ kind: 'hello' })
  }

  unreachable() {
    this.status = 'unreachable'
  }

  toggle() {
    if (this.plays) this.pause()
    else this.play()
  }

  play() {
    if (this.state === 'ended') this.at = this.#tab.from
    this.plays = true
    this.#ask({ kind: 'play' })
  }

  pause() {
    this.plays = false
    this.#ask({ kind: 'pause' })
  }

  seek(at: number) {
    this.at = within(at, this.#tab)
    this.#ask({ kind: 'seek', at: this.at })
    this.#want()
  }

  setSpeed(speed: Speed) {
    this.speed = speed
    this.#ask({ kind: 'speed', speed })
    this.#want()
  }

  setSkips(skips: boolean) {
    this.skips = skips
    this.#ask({ kind: 'skip', isOn: skips })
  }

  #ask(asked: Asked) {
    const given = asked.kind === 'part' ? [asked.bytes] : []
    this.#frame?.postMessage(written(asked), this.#origin, given)
  }

  #hear({ source, origin, data }: MessageEvent) {
    if (this.#frame === null || source !== this.#frame || origin !== this.#origin) return
    const told = readTold(data)
    switch (told?.kind) {
      case 'ready':
        return this.#start()
      case 'taken':
        this.leftOut = told.leftOut
        this.pictures = told.pictures
        return
      case 'time':
        this.at = within(told.at, this.#tab)
        this.state = told.state
        if (told.state === 'ended') this.plays = false
        return this.#want()
      case 'broken':
        this.status = 'broken'
        this.plays = false
        return
      default:
        return
    }
  }

  /** The frame knows nothing yet: it is told all that was chosen before. */
  #start() {
    if (this.#feed) return
    clearTimeout(this.#late)
    this.status = 'ready'
    this.missing = 0
    this.#feed = new Feed(this.#tab.parts, {
      read: this.#read,
      take: (bytes) => {
        if (bytes) this.#ask({ kind: 'part', bytes })
        else this.missing += 1
      },
      end: () => this.#ask({ kind: 'end' }),
    })
    this.#ask({ kind: 'speed', speed: this.speed })
    this.#ask({ kind: 'skip', isOn: this.skips })
    this.#ask({ kind: 'seek', at: this.at })
    if (this.plays) this.#ask({ kind: 'play' })
    this.#want()
  }

  #want() {
    this.#feed?.want(this.at + AHEAD_MS * this.speed, this.state === 'waiting')
  }
}
