// What the buttons of the formatting bar do to the text. Each answers what to put in place of which part, and what is
// selected then.

export type Selection = { text: string; start: number; end: number }
export type Edit = { from: number; to: number; insert: string; start: number; end: number }

export type Format = 'bold' | 'italic' | 'strike' | 'code' | 'link' | 'list' | 'numbers' | 'quote'

const SIGNS = { bold: '**', italic: '*', strike: '~~' } as const

export function format(kind: Format, selection: Selection): Edit {
  switch (kind) {
    case 'link':
      return link(selection)
    case 'code':
      return selected(selection).includes('\n') ? fence(selection) : wrap('`', selection)
    case 'list':
      return lines(selection, /^[-*+] /, () => '- ')
    case 'numbers':
      return lines(selection, /^\d+[.)] /, (at) => `${at + 1}. `)
    case 'quote':
      return lines(selection, /^> ?/, () => '> ')
    default:
      return wrap(SIGNS[kind], selection)
  }
}

const selected = ({ text, start, end }: Selection) => text.slice(start, end)

/** Puts a sign around the selection, or takes it away. Blanks at its ends stay outside, where Markdown wants them. */
function wrap(sign: string, selection: Selection): Edit {
  const { text } = selection
  const inside = selected(selection)
  const start = selection.start + (inside.length - inside.trimStart().length)
  const end = Math.max(start, selection.end - (inside.length - inside.trimEnd().length))
  const bare = text.slice(start, end)
  if (text.slice(0, start).endsWith(sign) && text.slice(end).startsWith(sign) && !isLonger(sign, text.slice(0, start))) {
    return { from: start - sign.length, to: end + sign.length, insert: bare, start: start - sign.length, end: end - sign.length }
  }
  return { from: start, to: end, insert: sign + bare + sign, start: start + sign.length, end: end + sign.length }
}

/** `**` ends with `*` but is no sign of italics. */
const isLonger = (sign: string, before: string) => sign === '*' && before.endsWith('**') && !before.endsWith('***')

function fence(selection: Selection): Edit {
  const { text, start, end } = selection
  const open = `${start > 0 && text[start - 1] !== '\n' ? '\n' : ''}\`\`\`\n`
  const close = `\n\`\`\`${end < text.length && text[end] !== '\n' ? '\n' : ''}`
  return { from: start, to: end, insert: open + selected(selection) + close, start: start + open.length, end: end + open.length }
}

const ADDRESS = /^(https?:\/\/|mailto:|tel:)\S+$/

/** The words are kept, and what is missing is selected: the address, or the words of a selected address. */
function link(selection: Selection): Edit {
  const { start: from, end: to } = selection
  const inside = selected(selection)
  if (ADDRESS.test(inside)) return { from, to, insert: `[](${inside})`, start: from + 1, end: from + 1 }
  const address = 'https://'
  const start = from + inside.length + 3
  return { from, to, insert: `[${inside}](${address})`, start, end: start + address.length }
}

/** Begins each line that the selection touches with a mark, or takes the marks away if all have one. */
function lines({ text, start, end }: Selection, mark: RegExp, begin: (at: number) => string): Edit {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const after = text.indexOf('\n', end)
  const to = after < 0 ? text.length : after
  const all = text.slice(from, to).split('\n')
  const isMarked = all.every((line) => mark.test(line))
  const insert = all.map((line, at) => (isMarked ? line.replace(mark, '') : begin(at) + line)).join('\n')
  const isCaret = start === end
  const moved = Math.max(from, end + insert.length - (to - from))
  return { from, to, insert, start: isCaret ? moved : from, end: isCaret ? moved : from + insert.length }
}
