import { createQuery } from '@tanstack/svelte-query'
import { queries, queryClient } from '../state/queries.ts'

/** The zone in which the project counts its days; UTC until that is known. */
export function useZone(project: number): { readonly current: string } {
  const asked = createQuery(() => queries.zone(project), () => queryClient)
  return {
    get current() {
      return asked.data ?? 'UTC'
    },
  }
}
