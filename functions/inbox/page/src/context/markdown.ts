// An error as Markdown for an issue. All that came from the visitor's browser stands in code, fenced by more backticks than
// it has itself, so that it can neither end the code nor mention, link or format anything. Pure.
import type { SeenError, SeenFrame } from '../api/types.ts'
import { c } from '../messages/context.ts'
import { inSources } from './stack.ts'

export function markdownOf(error: SeenError, { ticket }: { ticket: string }): string {
  const words = c.errors.markdown
  const handled = error.is_handled === null ? words.unknown : error.is_handled ? words.yes : words.no
  const facts = [
    `${words.count}: ${error.count}`,
    ...(error.count > 1 ? [`${words.first}: ${code(error.first_at)}`] : []),
    `${words.last}: ${code(error.last_at)}`,
    `${words.handled}: ${handled}`,
    ...(error.url === null ? [] : [`${words.page}: ${code(error.url)}`]),
    `${words.ticket}: ${ticket}`,
  ]
  const title = [error.type, error.message].filter(Boolean).join(': ')
  return [`### ${code(title)}`, '', ...facts.map((fact) => `- ${fact}`), '', block(stackText(error)), '', `_${c.heading}_`, ''].join('\n')
}

/** The chain of causes with their stacks, as browsers print it. */
export function stackText({ causes }: Pick<SeenError, 'causes'>): string {
  return causes
    .map(({ type, message, frames }, at) => {
      const head = `${at > 0 ? `${c.errors.cause}: ` : ''}${[type, message].filter(Boolean).join(': ')}`
      return [head, ...frames.map((frame) => `    at ${frameText(inSources(frame))}`)].join('\n')
    })
    .join('\n')
}

function frameText({ file, function: name, line, column }: SeenFrame): string {
  const place = file === null ? null : oneLine([file, ...[line, column].filter((number) => number !== null)].join(':'))
  if (name === null) return place ?? c.errors.unknownPlace
  return place === null ? oneLine(name) : `${oneLine(name)} (${place})`
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/** The longest run of backticks in a text. */
const backticks = (text: string) => Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))

/** One line of code between other words. */
function code(text: string): string {
  const line = visible(oneLine(text))
  const fence = '`'.repeat(backticks(line) + 1)
  // A code span can't be empty, and one space at each end belongs to the fence.
  return `${fence} ${line === '' ? '-' : line} ${fence}`
}

function block(text: string): string {
  const shown = visible(text.replace(/\r\n?|[\u2028\u2029]/g, '\n'))
  const fence = '`'.repeat(Math.max(3, backticks(shown) + 1))
  return `${fence}text\n${shown}\n${fence}`
}

/** Characters that would hide or turn around what is read, as their numbers. */
const visible = (text: string) =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
