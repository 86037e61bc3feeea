/** Where signing in begins. The desk leads back to the address that the agent is at. */
export const signInAddress = (next = location.pathname + location.search + location.hash): string =>
  `/auth/sign-in?next=${encodeURIComponent(next.startsWith('/inbox') ? next : '/inbox')}`

/** Where whoever signs in anew is led: to where they are, or to the inbox if they have just signed out. */
export const nextAddress = (): string => (location.search.includes('signed-out') ? '/inbox' : location.pathname + location.search + location.hash)
