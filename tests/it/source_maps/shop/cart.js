/** The lines of a cart. */
export function totalOf(lines) {
  return lines.map(priceOf).reduce((sum, price) => sum + price, 0)
}

function priceOf(line) {
  if (line.price === undefined) throw new TypeError(`no price for ${line.name}`)
  return line.price * line.count
}
