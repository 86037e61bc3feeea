/** More than this is not linear. */
export const LINEAR = 40

/**
 * How many times longer `work` takes with ten times the size: about 10 where it is linear, and 100 where it is quadratic. It
 * counts the processor's time, since a busy machine lets a run wait. Single runs are slow all the same, and so are the first
 * ones: so the best runs count, and more are made as long as they are too slow.
 */
export function growth(work: (size: number) => void, size: number): number {
  let [small, large] = [Infinity, Infinity]
  for (let tries = 0; tries < 20 && !(large / small < LINEAR); tries += 1) {
    small = Math.min(small, timed(() => work(size)), timed(() => work(size)))
    large = Math.min(large, timed(() => work(size * 10)))
  }
  return large / small
}

function timed(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return Math.max(1, user + system)
}
