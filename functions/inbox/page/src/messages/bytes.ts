// Sizes of files as people read them.
const UNITS = ['byte', 'kilobyte', 'megabyte'] as const
const STEP = 1024

export function bytes(size: number, locale?: string): string {
  const at = size < STEP ? 0 : size < STEP * STEP ? 1 : 2
  const unit = UNITS[at]
  const digits = at === 2 && size < 10 * STEP * STEP ? 1 : 0
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: at === 0 ? 'long' : 'short', maximumFractionDigits: digits }).format(size / STEP ** at)
}
