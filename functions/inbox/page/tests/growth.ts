/**
 * How many times longer `work` takes with ten times the size: about 10 where it is linear, and 100 where it is quadratic. The
 * best of a few runs each, because a busy machine slows single ones.
 */
export function growth(work: (size: number) => void, size: number): number {
  const best = (of: number) => Math.min(...Array.from({ length: 4 }, () => timed(() => work(of))))
  timed(() => work(size))
  return best(size * 10) / best(size)
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** More than this is not linear. */
export const LINEAR = 40
