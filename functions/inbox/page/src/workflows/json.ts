// The text of the JSON tab: the body that the API takes. Pure.
import { w } from '../messages/workflows.ts'
import { readDefinition, Unreadable, type Body, type Definition } from './definition.ts'

export const asJson = (body: Body & { name: string; enabled: boolean }): string => JSON.stringify(body, null, 2)

type Read = { name?: string; enabled?: boolean; definition: Definition } | { fault: string }

/** The tree of what the desk answered, or why none can be drawn. */
export function drawn(body: Partial<Body>): { definition: Definition } | { fault: string } {
  try {
    return { definition: readDefinition(body) }
  } catch (error) {
    if (error instanceof Unreadable) return { fault: w.json.flaw(error.place, w.json.flaws[error.flaw]) }
    throw error
  }
}

/** What a text says. Keys that the API only answers with, such as `id`, are passed over. */
export function fromJson(text: string): Read {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: w.json.flaw('{}', w.json.flaws.object) }
    const { name, enabled, ...rest } = value as Record<string, unknown>
    const found = drawn(rest as Partial<Body>)
    return 'fault' in found ? found : { ...found, ...(typeof name === 'string' && { name }), ...(typeof enabled === 'boolean' && { enabled }) }
  } catch (error) {
    return { fault: w.json.syntax(error instanceof Error ? error.message : String(error)) }
  }
}
