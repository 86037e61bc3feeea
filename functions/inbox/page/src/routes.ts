// Every address of the page, in one table. What is worth sharing is in the address; what only this tab needs to go back
// (the list beside a ticket, its scroll) is in the history's state.

export type Route =
  | { name: 'home' }
  | { name: 'queue'; project: number; filters: string }
  | { name: 'ticket'; project: number; number: number; panel: string | null; message: string | null }
  | { name: 'view'; project: number; view: string; filters: string }
  | { name: 'drafts'; project: number }
  | { name: 'workflows'; project: number }
  | { name: 'workflow'; project: number; workflow: string; panel?: string; place?: string }
  | { name: 'settings'; project: number; section: string }
  | { name: 'unknown' }

type Parts = { project: number; part: string; search: URLSearchParams; query: string; hash: string }

const ROOT = '/inbox'

const TABLE: { path: RegExp; read: (parts: Parts) => Route }[] = [
  { path: /^$/, read: ({ project, query }) => ({ name: 'queue', project, filters: query }) },
  {
    path: /^t\/([1-9]\d{0,9})$/,
    read: ({ project, part, search, hash }) => ({
      name: 'ticket',
      project,
      number: Number(part),
      panel: search.get('panel'),
      message: hash.startsWith('#m-') ? hash.slice(3) : null,
    }),
  },
  { path: /^v\/([\w-]+)$/, read: ({ project, part, query }) => ({ name: 'view', project, view: part, filters: query }) },
  { path: /^drafts$/, read: ({ project }) => ({ name: 'drafts', project }) },
  { path: /^workflows$/, read: ({ project }) => ({ name: 'workflows', project }) },
  { path: /^workflows\/([\w-]+)$/, read: ({ project, part, search }) => ({ name: 'workflow', project, workflow: part, ...given(search, 'panel'), ...given(search, 'place') }) },
  { path: /^settings(?:\/([\w-]+))?$/, read: ({ project, part }) => ({ name: 'settings', project, section: part || 'personal' }) },
]

const given = <K extends string>(search: URLSearchParams, key: K) => {
  const value = search.get(key)
  return (value === null ? {} : { [key]: value }) as { [key in K]?: string }
}

/** What an address shows. */
export function readAddress(url: URL): Route {
  if (url.pathname === '/' || /^\/inbox\/?$/.test(url.pathname)) return { name: 'home' }
  const found = /^\/inbox\/(\d{1,10})(?:\/(.*?))?\/?$/.exec(url.pathname)
  if (!found) return { name: 'unknown' }
  const project = Number(found[1])
  for (const { path, read } of TABLE) {
    const match = path.exec(found[2] ?? '')
    if (match) return read({ project, part: match[1] ?? '', search: url.searchParams, query: url.search.slice(1), hash: url.hash })
  }
  return { name: 'unknown' }
}

/** The address that shows a route. */
export function address(route: Route): string {
  switch (route.name) {
    case 'home':
    case 'unknown':
      return ROOT
    case 'queue':
      return `${ROOT}/${route.project}${asked(route.filters)}`
    case 'ticket': {
      const panel = route.panel ? `panel=${encodeURIComponent(route.panel)}` : ''
      const message = route.message ? `#m-${route.message}` : ''
      return `${ROOT}/${route.project}/t/${route.number}${asked(panel)}${message}`
    }
    case 'view':
      return `${ROOT}/${route.project}/v/${route.view}${asked(route.filters)}`
    case 'workflow':
      return `${ROOT}/${route.project}/workflows/${route.workflow}${asked([pair('panel', route.panel), pair('place', route.place)].filter(Boolean).join('&'))}`
    case 'settings':
      return `${ROOT}/${route.project}/settings/${route.section}`
    default:
      return `${ROOT}/${route.project}/${route.name}`
  }
}

const pair = (key: string, value: string | undefined) => (value ? `${key}=${encodeURIComponent(value)}` : '')
const asked = (text: string) => (text ? `?${text}` : '')
