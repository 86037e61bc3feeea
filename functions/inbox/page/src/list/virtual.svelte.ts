import { untrack } from 'svelte'
import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type Range,
  type VirtualItem,
  type VirtualizerOptions,
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

/** Rows above and below those in view, so that scrolling on finds them there. */
const OVERSCAN = 6
/** Where one step of scrolling goes past those, so few: what is seen comes first, and the others once the scrolling rests. */
const OVERSCAN_FAR = 1

/** Keeps only those rows of a list in the page that can be seen. */
export class VirtualRows {
  items = $state.raw<VirtualItem[]>([])
  height = $state.raw(0)
  #isShown = true
  /** The rows that were in view when they were read last. */
  #inView: Virtualizer<HTMLElement, HTMLElement>['range'] = null
  #virtual: Virtualizer<HTMLElement, HTMLElement>
  #options: (overscan?: number) => VirtualizerOptions<HTMLElement, HTMLElement>

  constructor(windowed: Windowed) {
    const keep = (range: Range) => {
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
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#isShown && this.#scrolled(),
    }
    // A new function each time, since the range is remembered by it.
    this.#options = (overscan = OVERSCAN) => ({ ...steady, overscan, count: untrack(windowed.count), rangeExtractor: (range) => keep(range) })
    this.#virtual = new Virtualizer(this.#options())
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
      windowed.count()
      this.#virtual.setOptions(this.#options())
      this.#virtual._willUpdate()
      this.#virtual.measure()
      this.#read()
    })
    $effect(() => {
      windowed.keep()
      this.#virtual.setOptions(this.#options())
      this.#read()
    })
  }

  reveal(index: number) {
    this.#virtual.scrollToIndex(index, { align: 'auto' })
    this.#read()
  }

  #scrolled() {
    const before = this.#inView
    const now = this.#virtual.calculateRange()
    const isFar = before !== null && now !== null && Math.abs(now.startIndex - before.startIndex) > OVERSCAN
    this.#virtual.setOptions(this.#options(isFar ? OVERSCAN_FAR : OVERSCAN))
    this.#read()
  }

  #read() {
    this.#inView = this.#virtual.calculateRange()
    this.items = this.#virtual.getVirtualItems()
    this.height = this.#virtual.getTotalSize()
  }
}
