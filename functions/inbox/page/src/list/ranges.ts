/** All rows from one to another, both included, whichever stands first. */
export function rangeBetween(rows: readonly string[], one: string, other: string): string[] {
  const [a, b] = [rows.indexOf(one), rows.indexOf(other)]
  if (b < 0) return []
  return a < 0 ? [other] : rows.slice(Math.min(a, b), Math.max(a, b) + 1)
}
