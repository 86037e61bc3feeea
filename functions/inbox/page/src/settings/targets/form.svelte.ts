import { tick } from 'svelte'
import { ApiError } from '../../api/errors.ts'
import { explain } from '../explain.ts'
import { indexOf, isSame, placesOf, readPolicies, writePolicies, type Given, type Policies } from './policies.ts'
import type { Kept } from './desk.ts'

export type Store = {
  load: () => Promise<Kept>
  /** Without a tag it replaces whatever is there. */
  save: (given: Given, tag: string | null) => Promise<Kept>
}

/** The policies as they are being changed, as they are saved, and what the desk said to them. */
export class TargetsForm {
  values = $state() as Policies
  /** Which policy is open. */
  open = $state<string | null>(null)
  trouble = $state.raw<string | null>(null)
  isSaving = $state(false)
  isSaved = $state(false)
  /** Someone else has changed the policies since they were read. */
  isOvertaken = $state(false)
  /** The element around the fields, in which a refused one is looked for. */
  element: HTMLElement | null = null
  #kept = $state.raw() as Kept
  #refused = $state.raw<{ place: string; detail: string; value: string } | null>(null)
  readonly #saved = $derived(readPolicies(this.#kept.given))
  readonly isDirty = $derived(!isSame(this.values, this.#saved))
  readonly #store: Store

  constructor(kept: Kept, store: Store) {
    this.#kept = kept
    this.values = readPolicies(kept.given)
    this.#store = store
  }

  /** What the desk said to the control at a place, until its policy is changed. A policy's places begin with its id. */
  faultOf(place: string): string | null {
    const refused = this.#refused
    return refused?.place === place && refused.value === this.#written(place) ? refused.detail : null
  }

  discard() {
    this.#show(this.#kept)
  }

  /** Answers whether it is saved. Forced, it replaces what someone else has saved meanwhile. */
  async save(isForced = false): Promise<boolean> {
    if (this.isSaving) return false
    this.isSaving = true
    this.isSaved = false
    this.trouble = this.#refused = null
    const sent = writePolicies($state.snapshot(this.values) as Policies)
    try {
      this.#take(sent, await this.#store.save(sent, isForced ? null : this.#kept.tag))
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) this.isOvertaken = true
      else if (!(await this.blame(error))) this.trouble = explain(error)
    } finally {
      this.isSaving = false
    }
    return this.isSaved
  }

  /** Shows what is saved now, without what was typed here. */
  async showTheirs() {
    try {
      this.#show(await this.#store.load())
    } catch (error) {
      this.trouble = explain(error)
    }
  }

  #show(kept: Kept) {
    this.#kept = kept
    this.values = readPolicies(kept.given)
    this.trouble = this.#refused = null
    this.isSaved = this.isOvertaken = false
  }

  /** What was typed while the desk had not answered stays; else the desk's spelling takes its place. */
  #take(sent: Given, kept: Kept) {
    const now = $state.snapshot(this.values) as Policies
    const saved = readPolicies(kept.given)
    if (isSame(now, readPolicies(sent)) && !isSame(now, saved)) {
      saved.policies.forEach((policy, at) => (policy.id = now.policies[at]?.id ?? policy.id))
      this.values = saved
    }
    this.#kept = kept
    this.isSaved = true
    this.isOvertaken = false
  }

  /** Shows the refusal at the control that it is about, or at the nearest around it. Answers whether there is one. */
  async blame(error: unknown): Promise<boolean> {
    const attr = error instanceof ApiError ? error.attr : null
    if (attr === null) return false
    const policy = this.values.policies[indexOf(attr) ?? -1]
    if (policy) this.open = policy.id
    await tick()
    const fields = [...(this.element?.querySelectorAll<HTMLElement>('[data-field]') ?? [])]
    for (const place of placesOf(policy ? attr.replace(/^policies\[\d+\]/, policy.id) : attr)) {
      const field = fields.find(({ dataset }) => dataset['field'] === place)
      if (!field) continue
      this.#refused = { place, detail: (error as ApiError).message, value: this.#written(place) }
      await tick()
      field.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
      return true
    }
    return false
  }

  /** A policy is asked about as a whole: a refusal of one control may be mended by another. */
  #written(place: string): string {
    const policy = this.values.policies.find(({ id }) => place.startsWith(id))
    return JSON.stringify(policy ?? this.values)
  }
}
