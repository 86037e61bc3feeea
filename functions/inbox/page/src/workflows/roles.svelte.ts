import { createQuery } from '@tanstack/svelte-query'
import type { Desk } from '../state/desk.svelte.ts'
import { queryClient } from '../state/queries.ts'
import { calls } from './calls.ts'

/** Reads the roles anew: one may have been made or deleted elsewhere since this page was opened. */
export function keepRoles(desk: Desk) {
  const roles = createQuery(() => calls.roles(desk.project.id), () => queryClient)
  $effect(() => {
    if (roles.data) desk.roles = roles.data
  })
}
