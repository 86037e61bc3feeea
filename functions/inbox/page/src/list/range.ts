// A span of days in words.
import { t } from '../messages/later.ts'
import { dayOf, type Range } from './filters.ts'

export const PRESETS = ['today', '-1d', '-7d', '-30d'] as const
export type Preset = (typeof PRESETS)[number]

const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

export function wordsOf({ from, to }: Range): string {
  if (from !== null && to === null && isPreset(from)) return t.filter.presets[from]
  const [start, end] = [from && inWords(from), to && inWords(to)]
  if (start && end) return start === end ? start : t.filter.between(start, end)
  if (start) return t.filter.since(start)
  return end ? t.filter.until(end) : ''
}

const isPreset = (word: string): word is Preset => (PRESETS as readonly string[]).includes(word)

const inWords = (time: string): string => (dayOf(time) ? short.format(Date.parse(time)) : time)
