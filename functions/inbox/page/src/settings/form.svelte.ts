import { tick } from 'svelte'
import { ApiError } from '../api/errors.ts'
import { t } from '../messages/settings.ts'
import type { Meanwhile } from './context.ts'
import { explain } from './explain.ts'
import { fieldOf } from './faults.ts'

type Options<T> = {
  /** Stores the values; `changed` has only those that differ from what was saved. Answers what is saved now, if it knows. */
  store: (values: T, changed: Partial<T>) => Promise<T | void>
  /**
   * Reads what is saved now. The desk takes a change without a condition, so this is asked just before: only what somebody else
   * sets in that very moment is overwritten unseen.
   */
  read?: () => Promise<T>
  /** How a value is called, if not by itself. */
  inWords?: (name: keyof T, value: unknown) => string | undefined
  /** What an `attr` of the desk has before the name of a field, such as `conversations_settings.`. */
  prefix?: string
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

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
  /** What somebody else has set meanwhile, of the fields that were changed here. */
  #theirs = $state.raw<Partial<T>>({})
  #refused = $state.raw<{ field: string; detail: string; value: string } | null>(null)
  #options: Options<T>
  readonly changed: Partial<T> = $derived.by(() => {
    const names = (Object.keys(this.values) as (keyof T)[]).filter((name) => !isSame(this.values[name], this.#saved[name]))
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

  /** Both values of a field that somebody else has set too, and the choice between them. */
  meanwhileOf(field: string): Meanwhile | null {
    const name = field as keyof T
    if (!(name in this.#theirs)) return null
    const inWords = (value: unknown) => this.#options.inWords?.(name, value) ?? t.settings.meanwhile.value(value)
    const [theirs, mine] = [inWords(this.#theirs[name]), inWords($state.snapshot(this.values[name]))]
    return { theirs, mine, setAnyway: () => void this.#choose(name, true), takeTheirs: () => void this.#choose(name, false) }
  }

  discard() {
    this.#saved = { ...this.#saved, ...this.#theirs }
    this.#theirs = {}
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
      if (!(await this.#isUntouched())) return false
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

  /** Whether nobody else has set what was changed here. */
  async #isUntouched(): Promise<boolean> {
    const now = await this.#options.read?.()
    if (!now) return true
    const isOvertaken = (name: keyof T) => !isSame(now[name], this.#saved[name]) && !isSame(now[name], this.values[name])
    const names = (Object.keys(this.changed) as (keyof T)[]).filter(isOvertaken)
    const theirs: Partial<T> = {}
    for (const name of names) theirs[name] = now[name]
    this.#theirs = theirs
    if (names[0] === undefined) return true
    this.trouble = t.settings.meanwhile.notSaved
    await this.#focus(names[0] as string)
    return false
  }

  /** Goes on with one of the two values. Mine is saved once nothing else is to be chosen. */
  async #choose(name: keyof T, isMine: boolean) {
    const { [name]: theirs, ...others } = this.#theirs
    this.#saved = { ...this.#saved, [name]: theirs }
    this.#theirs = others as Partial<T>
    this.trouble = Object.keys(others).length > 0 ? this.trouble : null
    if (!isMine) this.values[name] = structuredClone(theirs) as T[keyof T]
    await this.#focus(name as string)
    if (this.trouble === null && isMine) await this.save()
  }

  /** What was typed while the desk had not answered stays. */
  #take(sent: T, saved: T) {
    for (const name of Object.keys(saved) as (keyof T)[])
      if (isSame(this.values[name], sent[name])) this.values[name] = structuredClone(saved[name])
    this.#saved = saved
  }

  async #blame(error: unknown) {
    const field = error instanceof ApiError ? fieldOf(error.attr, Object.keys(this.values), this.#options.prefix) : null
    if (field === null) return void (this.trouble = explain(error))
    this.#refused = { field, detail: (error as ApiError).message, value: this.#written(field) }
    await this.#focus(field)
  }

  async #focus(field: string) {
    await tick()
    const place = this.element?.querySelector(`[data-field="${field}"]`)
    place?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
  }

  #written = (field: string) => JSON.stringify(this.values[field as keyof T]) ?? ''
}
