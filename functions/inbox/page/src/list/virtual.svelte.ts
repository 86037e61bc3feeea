import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core'

export type Windowed = {
  scroller: () => HTMLElement | null
  count: () => number
  size: (index: number) => number
  key: (index: number) => string
  /** A row that stays in the page even when it is scrolled away, since it has the focus. */
  keep: () => number
}

const OVERSCAN = 6

/** Keeps only those rows of a list in the page that can be seen. */
export class VirtualRows {
  items = $state.raw<VirtualItem[]>([])
  height = $state.raw(0)
  #virtual: Virtualizer<HTMLElement, HTMLElement>

  constructor(windowed: Windowed) {
    const options = () => ({
      count: windowed.count(),
      getScrollElement: windowed.scroller,
      estimateSize: windowed.size,
      getItemKey: windowed.key,
      overscan: OVERSCAN,
      rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const shown = defaultRangeExtractor(range)
        const kept = windowed.keep()
        if (kept < 0 || kept >= range.count || shown.includes(kept)) return shown
        return [...shown, kept].sort((a, b) => a - b)
      },
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#read(),
    })
    this.#virtual = new Virtualizer(options())
    $effect(() => this.#virtual._didMount())
    $effect(() => {
      this.#virtual.setOptions(options())
      this.#virtual._willUpdate()
      this.#virtual.measure()
      this.#read()
    })
  }

  reveal(index: number) {
    this.#virtual.scrollToIndex(index, { align: 'auto' })
    this.#read()
  }

  #read() {
    this.items = this.#virtual.getVirtualItems()
    this.height = this.#virtual.getTotalSize()
  }
}
