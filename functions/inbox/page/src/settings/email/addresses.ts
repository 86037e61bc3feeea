// The project's addresses, as the desk tells of them.
import type { components } from '../../api/schema.gen.ts'

export type Address = components['schemas']['AddressBody']
export type TestMail = components['schemas']['TestMail']
export type AddressKind = components['schemas']['AddressKind']

/** What the desk's own addresses end with; empty while there is none. Mail arrives at such an address, also if it is forwarded. */
export const domainOf = (addresses: readonly Pick<Address, 'inbound_address'>[]): string => addresses[0]?.inbound_address.split('@')[1] ?? ''

const AWS = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/

/** The AWS region where the desk is, if the page's own host names it; a domain of one's own does not. */
export const regionOf = (host: string): string | null => AWS.exec(host)?.[1] ?? null

/** The default first, then by name: as the desk orders them. */
export const withDefault = (addresses: readonly Address[], id: string): Address[] =>
  addresses.map((one) => ({ ...one, is_default: one.id === id })).sort((a, b) => Number(b.is_default) - Number(a.is_default))
