// Plays a recording whose parts come one after the other, and waits where the next part has not come yet.
import { Replayer } from '@rrweb/replay'
import type { Speed, State } from '../src/player/wire.ts'
import { FULL_SNAPSHOT, META, type Event } from './events.ts'

const TELL_EVERY_MS = 200
/** How much has to be there to go on after a wait, so that it does not stop again at once. */
const ENOUGH_MS = 1_000
const QUIET_MS = 10_000

type Told = (at: number, state: State) => void
/** The library's type of events names every field of every kind. These were checked when they were read. */
type Events = ConstructorParameters<typeof Replayer>[0]

export class Playback {
  #replayer: Replayer | null = null
  /** Until there is a page to show. */
  #first: Event[] = []
  #from = 0
  #until = 0
  #isComplete = false
  #isWanted = false
  /** Whether the replayer's own clock runs. */
  #runs = false
  #isOver = false
  /** Whether the page is drawn as it was at this moment. */
  #isDrawn = false
  #at = 0
  #speed: Speed = 1
  #skips = false

  constructor(
    readonly root: HTMLElement,
    readonly tell: Told,
    readonly hasMotion: boolean,
  ) {
    setInterval(() => this.#watch(), TELL_EVERY_MS)
  }

  /** Takes the events of the next part. */
  async take(events: Event[]) {
    if (this.#replayer) for (const event of events) this.#replayer.addEvent(event as unknown as Events[number])
    else this.#begin(events)
    if (this.#replayer) this.#until = events.reduce((until, { timestamp }) => Math.max(until, timestamp), this.#until)
    // The replayer has an event a moment after it was added.
    await null
    this.#draw()
    this.#resume()
    this.#say()
  }

  /** No more parts come. */
  complete() {
    this.#isComplete = true
    this.#draw()
    this.#resume()
    this.#say()
  }

  play() {
    if (this.#isOver) this.seek(this.#from)
    this.#isWanted = true
    this.#resume()
    this.#say()
  }

  pause() {
    this.#isWanted = false
    this.#stop()
    this.#say()
  }

  seek(at: number) {
    this.#stop()
    this.#at = at
    this.#isOver = false
    this.#isDrawn = false
    this.#toNormal()
    this.#draw()
    this.#resume()
    this.#say()
  }

  set speed(speed: Speed) {
    this.#speed = speed
    this.#replayer?.setConfig({ speed })
  }

  set skips(skips: boolean) {
    this.#skips = skips
    this.#replayer?.setConfig({ skipInactive: skips })
  }

  get #state(): State {
    if (this.#isOver) return 'ended'
    if (!this.#isWanted) return this.#isThere(this.#at) ? 'paused' : 'waiting'
    return this.#runs ? 'playing' : 'waiting'
  }

  /** The replayer begins with the first whole page: changes of a page that is not known show nothing. */
  #begin(events: Event[]) {
    this.#first.push(...events)
    this.#first.sort((a, b) => a.timestamp - b.timestamp)
    const full = this.#first.findIndex(({ type }) => type === FULL_SNAPSHOT)
    if (full < 0) return
    const size = this.#first.findLastIndex(({ type }, at) => type === META && at < full)
    const shown = this.#first.slice(size < 0 ? full : size)
    // It wants two events.
    if (shown.length < 2) return
    this.#first = []
    this.#from = shown[0]?.timestamp ?? 0
    this.#until = this.#from
    for (const { timestamp } of shown) this.#until = Math.max(this.#until, timestamp)
    this.#at = Math.max(this.#at, this.#from)
    this.#replayer = new Replayer(shown as unknown as Events, {
      root: this.root,
      speed: this.#speed,
      skipInactive: this.#skips,
      inactivePeriodThreshold: QUIET_MS,
      triggerFocus: false,
      mouseTail: this.hasMotion,
      UNSAFE_replayCanvas: false,
      showWarning: false,
      showDebug: false,
      loadTimeout: 0,
    })
  }

  /** Where it is by the replayer's clock. What happened at the moment itself is part of it. */
  get #offset(): number {
    return Math.max(0, Math.min(this.#at, this.#until) - this.#from) + 1
  }

  /** Draws the page as it was at this moment, once that is there. */
  #draw() {
    if (this.#isDrawn || this.#runs || !this.#isThere(this.#at)) return
    this.#replayer?.pause(this.#offset)
    this.#isDrawn = true
  }

  #isThere(at: number): boolean {
    return this.#replayer !== null && (this.#isComplete || at <= this.#until)
  }

  #resume() {
    if (!this.#replayer || this.#runs || this.#isOver) return
    const isEnough = this.#isComplete || this.#until >= this.#at + ENOUGH_MS * this.#speed
    if (!this.#isWanted || !isEnough) return
    this.#replayer.play(this.#offset)
    this.#isDrawn = true
    this.#runs = true
  }

  #stop() {
    if (!this.#runs || !this.#replayer) return
    this.#at = this.#now()
    this.#replayer.pause()
    this.#runs = false
  }

  /** What skips a quiet stretch goes on until that stretch's end, which is nowhere near after a seek. */
  #toNormal() {
    this.#replayer?.setConfig({ skipInactive: false })
    this.#replayer?.setConfig({ skipInactive: this.#skips })
  }

  #now(): number {
    return Math.min(this.#from + (this.#replayer?.getCurrentTime() ?? 0), this.#until)
  }

  #watch() {
    if (!this.#runs) return
    this.#at = this.#now()
    if (this.#at >= this.#until) {
      this.#stop()
      if (this.#isComplete) {
        this.#isOver = true
        this.#isWanted = false
      }
      this.#toNormal()
    }
    this.#say()
  }

  #say() {
    this.tell(this.#at, this.#state)
  }
}
