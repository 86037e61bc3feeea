// Which hosts the widget runs on, by the rule of the desk and of posthog-js, to be tried before it is saved.

/** The list as it is typed: an entry a line. */
export const readDomains = (text: string): string[] => text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean)

/** The host of an address as people copy it, with or without its scheme; null for none. */
export function hostOf(typed: string): string | null {
  const text = typed.trim()
  if (text === '') return null
  try {
    const { hostname } = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
    // Not every browser refuses a host with a space in it.
    return /^[a-z0-9.:[\]_-]+$/i.test(hostname) ? hostname : null
  } catch {
    return null
  }
}

/** The entry that lets a host in. Scheme, port and path of an entry don't count; `*.` lets in the host and all below it. */
export function entryFor(host: string, domains: readonly string[]): string | null {
  return domains.find((entry) => matches(entry, host.toLowerCase())) ?? null
}

function matches(entry: string, host: string): boolean {
  const lower = entry.trim().toLowerCase()
  const [name = ''] = lower.slice(lower.includes('://') ? lower.indexOf('://') + 3 : 0).split(/[/:?#]/)
  const parent = name.startsWith('*.') ? name.slice(2) : ''
  return parent === '' ? name !== '' && name === host : host === parent || host.endsWith(`.${parent}`)
}
