// The project's addresses, as the desk tells of them.
import type { components } from '../../api/schema.gen.ts'

export type Address = components['schemas']['AddressBody']

/** What the desk's own addresses end with; empty while there is none. */
export const domainOf = (addresses: readonly Address[]): string => addresses.find(({ kind }) => kind === 'desk')?.address.split('@')[1] ?? ''

/** The default first, then by name: as the desk orders them. */
export const withDefault = (addresses: readonly Address[], id: string): Address[] =>
  addresses.map((one) => ({ ...one, is_default: one.id === id })).sort((a, b) => Number(b.is_default) - Number(a.is_default))
