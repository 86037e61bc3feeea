/** The values that another set does not have the same: what was said once is not said again. */
export const unlike = (values: Record<string, unknown>, others: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(others[name]) !== JSON.stringify(value)))
