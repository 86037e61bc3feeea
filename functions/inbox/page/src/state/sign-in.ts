import { isLocal } from './local.ts'

/** Where signing in begins. The desk leads back to the address that the agent is at. */
export const signInAddress = (next = location.pathname + location.search + location.hash): string =>
  `/auth/sign-in?next=${encodeURIComponent(next.startsWith('/inbox') ? next : '/inbox')}`

/** Where whoever has signed out begins anew. A desk on one's own machine signs in by itself. */
export const firstAddress = (): string => (isLocal ? '/inbox' : signInAddress(location.search.includes('signed-out') ? '/inbox' : undefined))
