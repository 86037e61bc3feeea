import { tick } from 'svelte'
import { ApiError } from '../api/errors.ts'
import { explain } from './explain.ts'
import { fieldOf } from './faults.ts'

type Options<T> = {
  /** Stores the values; `changed` has only those that differ from what was saved. Answers what is saved now, if it knows. */
  store: (values: T, changed: Partial<T>) => Promise<T | void>
  /** What an `attr` of the desk has before the name of a field, such as `conversations_settings.`. */
  prefix?: string
}

/** What a section's fields hold, what of it is saved, and what the desk said to it. */
export class Form<T extends object> {
  values = $state() as T
  /** What no field is to blame for. */
  trouble = $state.raw<string | null>(null)
  isSaving = $state(false)
  isSaved = $state(false)
  /** The element around the fields, in which a refused one is looked for. */
  element: HTMLElement | null = null
  #saved = $state.raw() as T
  #refused = $state.raw<{ field: string; detail: string; value: string } | null>(null)
  #options: Options<T>
  readonly changed: Partial<T> = $derived.by(() => {
    const differs = (name: keyof T) => JSON.stringify(this.values[name]) !== JSON.stringify(this.#saved[name])
    const names = (Object.keys(this.values) as (keyof T)[]).filter(differs)
    return Object.fromEntries(names.map((name) => [name, $state.snapshot(this.values[name])])) as Partial<T>
  })

  constructor(saved: T, options: Options<T>) {
    this.values = structuredClone(saved)
    this.#saved = saved
    this.#options = options
  }

  get isDirty(): boolean {
    return Object.keys(this.changed).length > 0
  }

  /** What the desk said to a field, until it is changed. */
  faultOf(field: string): string | null {
    const refused = this.#refused
    return refused?.field === field && refused.value === this.#written(field) ? refused.detail : null
  }

  discard() {
    this.values = structuredClone(this.#saved)
    this.#refused = null
    this.trouble = null
    this.isSaved = false
  }

  /** Answers whether it is saved. What was typed stays, whatever the desk says. */
  async save(): Promise<boolean> {
    if (this.isSaving || !this.isDirty) return false
    this.isSaving = true
    this.isSaved = false
    this.trouble = null
    this.#refused = null
    const sent = structuredClone($state.snapshot(this.values)) as T
    try {
      const saved = (await this.#options.store(sent, this.changed)) ?? sent
      this.#take(sent, saved as T)
      this.isSaved = true
    } catch (error) {
      await this.#blame(error)
    } finally {
      this.isSaving = false
    }
    return this.isSaved
  }

  /** What was typed while the desk had not answered stays. */
  #take(sent: T, saved: T) {
    const written = (values: T, name: keyof T) => JSON.stringify(values[name])
    for (const name of Object.keys(saved) as (keyof T)[])
      if (written(this.values, name) === written(sent, name)) this.values[name] = structuredClone(saved[name])
    this.#saved = saved
  }

  async #blame(error: unknown) {
    const field = error instanceof ApiError ? fieldOf(error.attr, Object.keys(this.values), this.#options.prefix) : null
    if (field === null) return void (this.trouble = explain(error))
    this.#refused = { field, detail: (error as ApiError).message, value: this.#written(field) }
    await tick()
    const place = this.element?.querySelector(`[data-field="${field}"]`)
    place?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
  }

  #written = (field: string) => JSON.stringify(this.values[field as keyof T]) ?? ''
}
