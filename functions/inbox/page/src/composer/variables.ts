// `{{customer.name|there}}` in a quick action: a value, else what stands after the stroke. What has neither stays as it is,
// and nothing is sent until the agent has filled or removed it.

export type Values = Record<string, string | null | undefined>
export type Place = { start: number; end: number; name: string }

const VARIABLE = /\{\{\s*([A-Za-z][\w]*(?:\.\w+)*)\s*(?:\|([^{}]*))?\}\}/g
const CODE = /(`{3,})[\s\S]*?(?:\1|$)|(`+)[^`]+?\2/g

/** Puts in what is known. */
export function fill(text: string, values: Values): string {
  return text.replace(VARIABLE, (written, name: string, fallback: string | undefined) => {
    const value = values[known(name)]?.trim()
    return value || fallback?.trim() || written
  })
}

/** Where a variable still stands. In code it is what the agent writes about. */
export function unset(text: string): Place[] {
  const code = [...text.matchAll(CODE)].map(({ index, 0: { length } }) => ({ start: index, end: index + length }))
  return [...text.matchAll(VARIABLE)]
    .map((match) => ({ start: match.index, end: match.index + match[0].length, name: match[1]! }))
    .filter(({ start, end }) => !code.some((span) => span.start <= start && span.end >= end))
}

/** `customer_name` is another way to write `customer.name`. */
const known = (name: string): string => name.replace(/^(customer|agent|ticket)_/, '$1.')
