/** More than this is not linear. */
export const LINEAR = 40

/**
 * How many times longer `work` takes with ten times the size: about 10 where it is linear, and 100 where it is quadratic. A busy
 * machine slows single runs, and the first ones are slow. So the best runs count, and more are made as long as they are too slow.
 */
export function growth(work: (size: number) => void, size: number): number {
  let [small, large] = [Infinity, Infinity]
  for (let tries = 0; tries < 12 && !(large / small < LINEAR); tries += 1) {
    small = Math.min(small, timed(() => work(size)), timed(() => work(size)))
    large = Math.min(large, timed(() => work(size * 10)))
  }
  return large / small
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
