/** Where signing in begins. The desk leads back to the address that the agent is at. */
export const signInAddress = (next = location.pathname + location.search + location.hash): string =>
  `/auth/sign-in?next=${encodeURIComponent(next.startsWith('/inbox') ? next : '/inbox')}`
