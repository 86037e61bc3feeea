/** A colour like `#fff` or `#1d4aff` in six digits; null for what is no colour. */
export function hexOf(colour: string): string | null {
  const digits = /^#(?:([\da-f]{3})|([\da-f]{6}))$/i.exec(colour)
  if (!digits) return null
  return `#${digits[2] ?? [...(digits[1] ?? '')].map((digit) => digit + digit).join('')}`
}

/** White or black, whichever can be read better on a colour like `#1d4aff`; null for what is no colour. */
export function readableOn(colour: string): '#ffffff' | '#000000' | null {
  const hex = hexOf(colour)
  if (hex === null) return null
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255))
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#ffffff' : '#000000'
}

const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
