/** A list whose items are dragged to another place by their handles. */
export class Dragging {
  /** The item that is being dragged. */
  dragged = $state<string | null>(null)
  #list: HTMLElement | null = null
  readonly #place: (id: string, to: number) => void
  readonly #done: (id: string) => void
  #from = 0

  constructor(place: (id: string, to: number) => void, done: (id: string) => void) {
    this.#place = place
    this.#done = done
  }

  begin(event: PointerEvent, id: string) {
    const list = (event.currentTarget as HTMLElement).closest<HTMLElement>('[data-list]')
    if (event.button !== 0 || !list) return
    event.preventDefault()
    this.#list = list
    this.#from = this.#items.findIndex((item) => item.dataset['item'] === id)
    this.dragged = id
    addEventListener('pointermove', this.#move)
    addEventListener('pointerup', this.#end)
    addEventListener('pointercancel', this.#cancel)
    addEventListener('keydown', this.#key, true)
  }

  /** The list's items as they stand now. */
  get #items(): HTMLElement[] {
    return [...(this.#list?.querySelectorAll<HTMLElement>('[data-item]') ?? [])]
  }

  /** It stands behind those whose middle is above the pointer. */
  #move = ({ clientY }: PointerEvent) => {
    const others = this.#items.filter((item) => item.dataset['item'] !== this.dragged)
    const above = others.filter((item) => {
      const { top, height } = item.getBoundingClientRect()
      return top + height / 2 < clientY
    })
    if (this.dragged) this.#place(this.dragged, above.length)
  }

  #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    event.stopPropagation()
    this.#cancel()
  }

  #cancel = () => {
    if (this.dragged) this.#place(this.dragged, this.#from)
    this.#end()
  }

  #end = () => {
    removeEventListener('pointermove', this.#move)
    removeEventListener('pointerup', this.#end)
    removeEventListener('pointercancel', this.#cancel)
    removeEventListener('keydown', this.#key, true)
    if (this.dragged) this.#done(this.dragged)
    this.dragged = this.#list = null
  }
}
