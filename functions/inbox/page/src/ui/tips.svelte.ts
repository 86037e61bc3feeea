import type { CommandId } from '../keyboard/commands.ts'

export type Tip = { anchor: HTMLElement; text: string; command: CommandId | undefined }

const WAIT_MS = 400
/** Long enough to go from a control to its tooltip. */
const LEAVE_MS = 150

/** The one tooltip that is shown, or none. What draws it is fetched when it is first needed. */
class Tips {
  shown = $state.raw<Tip | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined

  /** What a control needs to have a tooltip. */
  of(text: string, command: CommandId | undefined) {
    const soon = (event: Event) => {
      const tip = { anchor: event.currentTarget as HTMLElement, text, command }
      this.#later(() => tip.anchor.isConnected && (this.shown = tip), this.shown === null ? WAIT_MS : 0)
    }
    return {
      onpointerenter: (event: PointerEvent) => event.pointerType === 'mouse' && soon(event),
      onpointerleave: () => this.leave(),
      onpointerdown: () => this.hide(),
      onfocus: (event: FocusEvent) => (event.currentTarget as HTMLElement).matches(':focus-visible') && soon(event),
      onblur: () => this.hide(),
    }
  }

  /** The pointer is on the tooltip itself. */
  stay() {
    clearTimeout(this.#timer)
  }

  leave() {
    this.#later(() => (this.shown = null), LEAVE_MS)
  }

  hide() {
    clearTimeout(this.#timer)
    this.shown = null
  }

  #later(run: () => void, ms: number) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(run, ms)
  }
}

export const tips = new Tips()
