/**
 * The field that the `attr` of a refusal names: `widget_domains[2]` is of the field `widget_domains`. Null if it is of none,
 * so that what was said is shown beside the button instead of nowhere.
 */
export function fieldOf(attr: string | null, fields: readonly string[], prefix = ''): string | null {
  if (attr === null) return null
  const path = attr.startsWith(prefix) ? attr.slice(prefix.length) : attr
  const isOf = (field: string) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)
  return fields.filter(isOf).sort((a, b) => b.length - a.length)[0] ?? null
}
