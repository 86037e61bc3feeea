/** For a combobox's `filter`: finds what has the typed text in it, instead of whatever has its letters in this order. */
export const contains = (value: string, typed: string, words: string[] = []): number =>
  [value, ...words].some((word) => word.toLowerCase().includes(typed.trim().toLowerCase())) ? 1 : 0
