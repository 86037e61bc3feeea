import { createQuery } from '@tanstack/svelte-query'
import { queries, queryClient } from '../state/queries.ts'

/** The zone in which the project counts its days; null until that is known, UTC where it can't be. */
export function useZone(project: number): { readonly current: string | null } {
  const asked = createQuery(() => queries.zone(project), () => queryClient)
  return {
    get current() {
      return asked.data ?? (asked.isError ? 'UTC' : null)
    },
  }
}
