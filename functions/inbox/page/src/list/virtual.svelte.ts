import { untrack } from 'svelte'
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
  /** Reads whatever moves rows or changes their sizes. */
  changed: () => void
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
  #isShown = true
  #virtual: Virtualizer<HTMLElement, HTMLElement>

  constructor(windowed: Windowed) {
    const keep = (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const shown = defaultRangeExtractor(range)
      const kept = untrack(windowed.keep)
      if (kept < 0 || kept >= range.count || shown.includes(kept)) return shown
      return [...shown, kept].sort((a, b) => a - b)
    }
    // Functions that stay the same: another one would have all rows measured again.
    const steady = {
      getScrollElement: windowed.scroller,
      estimateSize: (index: number) => untrack(() => windowed.size(index)),
      getItemKey: (index: number) => untrack(() => windowed.key(index)),
      overscan: OVERSCAN,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#isShown && this.#read(),
    }
    // A new function each time, since the range is remembered by it.
    const options = (count: number) => ({ ...steady, count, rangeExtractor: (range: Parameters<typeof keep>[0]) => keep(range) })
    this.#virtual = new Virtualizer(options(untrack(windowed.count)))
    $effect(() => {
      const stop = this.#virtual._didMount()
      return () => {
        // Its timers may still tell of the last scrolling.
        this.#isShown = false
        stop()
      }
    })
    $effect(() => {
      windowed.changed()
      this.#virtual.setOptions(options(windowed.count()))
      this.#virtual._willUpdate()
      this.#virtual.measure()
      this.#read()
    })
    $effect(() => {
      windowed.keep()
      this.#virtual.setOptions(options(untrack(windowed.count)))
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
