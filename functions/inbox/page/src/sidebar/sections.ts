// The sidebar's sections in the order that the agent gave them. Pure.

export const SECTIONS = ['properties', 'sla', 'customer', 'participants', 'session', 'previous', 'activity'] as const
export type SectionName = (typeof SECTIONS)[number]

/** The remembered order; a section that it does not know stands behind the one that it usually follows. */
export function inOrder(remembered: readonly string[]): SectionName[] {
  const order = remembered.filter((name): name is SectionName => SECTIONS.includes(name as SectionName))
  for (const [at, name] of SECTIONS.entries()) {
    if (order.includes(name)) continue
    const before = SECTIONS[at - 1]
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, name)
  }
  return order
}

/** The order with one section a place further up or down among those that are shown; the same where it cannot go further. */
export function moved(order: readonly SectionName[], name: SectionName, by: 1 | -1, shown: readonly SectionName[] = order): SectionName[] {
  const other = shown[shown.indexOf(name) + by]
  if (other === undefined) return [...order]
  return order.map((each) => (each === name ? other : each === other ? name : each))
}
