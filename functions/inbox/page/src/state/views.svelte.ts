import { api, read } from '../api/client.ts'
import type { View } from '../api/types.ts'
import { t } from '../messages/index.ts'
import type { Filter } from '../list/plan.ts'
import { toSaved } from '../list/saved.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { Desk } from './desk.svelte.ts'
import { outbox } from './outbox.svelte.ts'
import { router } from './router.svelte.ts'
import { undo } from './undo.svelte.ts'

export type ViewChange = { name?: string; visibility?: View['visibility']; is_favorited?: boolean; filters?: Record<string, unknown> }

const DELETED_AFTER_MS = 8_000

/** Saves the list on screen under a name, and goes there. */
export async function saveView(desk: Desk, name: string, visibility: View['visibility'], filter: Filter) {
  const body = { name, visibility, filters: toSaved(filter).filters }
  const path = { project_id: desk.project.id }
  const view = await read(api.POST('/api/projects/{project_id}/conversations/views', { params: { path }, body }))
  desk.views = [view, ...desk.views]
  goTo(desk, view)
}

export async function changeView(desk: Desk, view: View, body: ViewChange) {
  const path = { project_id: desk.project.id, short_id: view.short_id }
  try {
    const route = '/api/projects/{project_id}/conversations/views/{short_id}'
    const changed = await read(api.PATCH(route, { params: { path }, body }))
    desk.views = desk.views.map((other) => (other.short_id === view.short_id ? changed : other))
    return changed
  } catch (error) {
    toasts.show(error instanceof Error ? error.message : t.errors.failed)
    return undefined
  }
}

/** Keeps what was edited about the view on screen. */
export async function saveEdit(desk: Desk, view: View) {
  if (await changeView(desk, view, { filters: toSaved(desk.shown.filter).filters })) goTo(desk, view)
}

/** Takes the view off the rail at once, and deletes it when nobody has taken that back. */
export function deleteView(desk: Desk, view: View) {
  const key = crypto.randomUUID()
  const before = desk.views
  desk.views = before.filter(({ short_id }) => short_id !== view.short_id)
  if (router.list.includes(`/v/${view.short_id}`)) router.go({ name: 'queue', project: desk.project.id, filters: '' })
  outbox.put({
    key,
    lane: `view ${view.short_id}`,
    notBefore: Date.now() + DELETED_AFTER_MS,
    request: { method: 'DELETE', path: desk.path(`views/${view.short_id}/`) },
    done: () => {},
    refused: (verdict) => {
      if (verdict.is !== 'gone') desk.views = [view, ...desk.views]
    },
  })
  undo.offer(t.view.deleted(view.name), () => {
    if (outbox.withdraw(key)) desk.views = before
  })
}

const goTo = (desk: Desk, view: View) =>
  router.goList(`/inbox/${desk.project.id}/v/${view.short_id}`, { replace: true })
