import { api, read, send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import type { QuickAction } from '../api/types.ts'
import { t } from '../messages/later.ts'
import type { Desk } from '../state/desk.svelte.ts'
import { OneKey } from '../state/one-key.ts'
import { outbox } from '../state/outbox.svelte.ts'
import { queries, queryClient } from '../state/queries.ts'
import { undo } from '../state/undo.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { bodyOf, copyOf, formOf, isComplete, type Form } from './actions.ts'

const DELETED_AFTER_MS = 8_000

/** What the form changes: null for a new one. The tag is of what the agent was shown. */
type Of = { action: QuickAction; tag: string | null } | null

/** Changes, duplicates and deletes quick actions. Without a form none is being written. */
export class Editing {
  form = $state<Form | null>(null)
  of = $state.raw<Of>(null)
  fault = $state('')
  isOvertaken = $state(false)
  isSaving = $state(false)
  readonly #desk: Desk
  readonly #known: readonly unknown[]
  readonly #key = new OneKey()
  /** What the form began with. */
  #begun = ''

  constructor(desk: Desk, begin: Form | null = null) {
    this.#desk = desk
    this.#known = queries.quickActions(desk.project.id).queryKey
    this.start(begin)
  }

  /** Only who made a quick action may keep it to themselves. */
  get canBePersonal(): boolean {
    return this.of === null || this.of.action.created_by.id === this.#desk.me.id
  }

  start(form: Form | null, of: Of = null) {
    this.form = form
    this.of = of
    this.fault = ''
    this.isOvertaken = false
    this.#begun = form ? JSON.stringify(bodyOf(form)) : ''
  }

  /** Whether something was written that is not saved. */
  get isDirty(): boolean {
    return this.form !== null && JSON.stringify(bodyOf(this.form)) !== this.#begun
  }

  discard() {
    this.start(null)
  }

  /** Asks for it as it is now, so that nobody's change is lost. */
  async change({ short_id }: QuickAction) {
    const path = { project_id: this.#desk.project.id, short_id }
    try {
      const answer = api.GET('/api/projects/{project_id}/conversations/quick_actions/{short_id}', { params: { path } })
      const action = await read(answer)
      this.start(formOf(action), { action, tag: (await answer).response.headers.get('etag') })
    } catch (error) {
      toasts.show(error instanceof ApiError ? error.message : t.errors.unreachable)
    }
  }

  duplicate(action: QuickAction, all: readonly QuickAction[]) {
    this.start(copyOf(formOf(action), all.map(({ name }) => name), t.quick.copyName))
  }

  /** Answers whether it is saved. Forced, it replaces what someone else has saved meanwhile. */
  async save(isForced = false): Promise<boolean> {
    const { form, of } = this
    if (!form || this.isSaving || !isComplete(form)) return false
    this.isSaving = true
    this.fault = ''
    const headers = of?.tag && !isForced ? { 'If-Match': of.tag } : {}
    const place = of
      ? ({ method: 'PATCH', path: this.#desk.path(`quick_actions/${of.action.short_id}/`), headers } as const)
      : ({ method: 'POST', path: this.#desk.path('quick_actions/') } as const)
    const request = { ...place, body: bodyOf(form) }
    try {
      await send({ ...request, key: this.#key.of(request) })
      this.#key.done()
      await queryClient.invalidateQueries({ queryKey: this.#known })
      toasts.show(t.quick.saved)
      this.form = null
      return true
    } catch (error) {
      this.#key.refused(error)
      this.isOvertaken = error instanceof ApiError && error.status === 412
      this.fault = this.isOvertaken ? t.quick.overtaken : error instanceof ApiError ? error.message : t.errors.unreachable
      return false
    } finally {
      this.isSaving = false
    }
  }

  /** It goes at once, and is deleted when nobody has taken that back. */
  remove(action: QuickAction) {
    const command = crypto.randomUUID()
    const put = (change: (all: QuickAction[]) => QuickAction[]) => queryClient.setQueryData<QuickAction[]>(this.#known, (known) => known && change(known))
    const back = () => put((known) => [...known, action].sort((a, b) => a.name.localeCompare(b.name)))
    put((known) => known.filter(({ short_id }) => short_id !== action.short_id))
    outbox.put({
      key: command,
      lane: `quick action ${action.short_id}`,
      notBefore: Date.now() + DELETED_AFTER_MS,
      request: { method: 'DELETE', path: this.#desk.path(`quick_actions/${action.short_id}/`) },
      done: () => {},
      refused: (verdict, error) => {
        if (verdict.is === 'gone') return
        back()
        toasts.show(error instanceof ApiError ? error.message : t.errors.failed)
      },
    })
    undo.offer(t.quick.deleted(action.name), () => {
      if (outbox.withdraw(command) !== null) back()
    })
  }
}
