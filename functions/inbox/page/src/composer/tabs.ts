// The tabs of the composer, and how the arrow keys go from one to the next. Pure.

export const KINDS = ['reply', 'note'] as const
export type Kind = (typeof KINDS)[number]

const STEPS: Record<string, (at: number) => number> = {
  ArrowLeft: (at) => at - 1,
  ArrowUp: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowDown: (at) => at + 1,
  Home: () => 0,
  End: () => KINDS.length - 1,
}

/** The tab that a key leads to; null for a key that is none of theirs. */
export function tabAfter(key: string, kind: Kind): Kind | null {
  const step = STEPS[key]
  if (!step) return null
  return KINDS[(step(KINDS.indexOf(kind)) + KINDS.length) % KINDS.length] ?? null
}
