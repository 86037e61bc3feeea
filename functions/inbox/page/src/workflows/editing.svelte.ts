import type { Desk } from '../state/desk.svelte.ts'
import { w } from '../messages/workflows.ts'
import { queryClient } from '../state/queries.ts'
import { router } from '../state/router.svelte.ts'
import { undo } from '../state/undo.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { calls, createWorkflow, flawAt, isGone, isOvertaken, loadWorkflow, saveWorkflow, whyNot, type Input, type Tagged } from './calls.ts'
import { isSame, readDefinition, writeDefinition, type Condition, type Definition, type Inputs, type Lane, type Step } from './definition.ts'
import { focusCard, neighbour } from './focus.ts'
import { asJson, fromJson } from './json.ts'
import { cardAt, changeLane, changeStep, countSteps, find, insert, MOST_STEPS, moveBy, moveTo, remove, TRIGGER, type Spot, type Way } from './tree.ts'

export type Tab = 'steps' | 'json' | 'try' | 'runs'
type Version = { name: string; enabled: boolean; definition: Definition }
/** What the desk refused, and the control at which that stands. */
type Fault = { card: string | null; place: string; text: string }

const versionOf = ({ name, enabled, trigger, steps }: Input): Version => ({ name, enabled, definition: readDefinition({ trigger, steps }) })
const EMPTY: Input = { name: '', enabled: true, trigger: { event: '$conversation_ticket_created', filters: [] }, steps: [] }

/** One that was saved for the first time, on its way to an address of its own. */
let fresh: Editing | null = null

/** It goes on there as it is, with what was typed meanwhile. */
export function takeFresh(id: string | null): Editing | null {
  const found = id !== null && fresh?.id === id ? fresh : null
  fresh = null
  return found
}

/** One workflow as it is being looked at and changed, beside how the desk has it. */
export class Editing {
  readonly #desk: Desk
  /** Null for one that is not saved yet. */
  id = $state<string | null>(null)
  #tag: string | null
  /** Made anew with each change, so that a save that got no answer can be sent again without doing it twice. */
  #key = crypto.randomUUID()
  saved = $state.raw<Version>(versionOf(EMPTY))
  updatedAt = $state.raw<string | null>(null)
  name = $state('')
  enabled = $state(true)
  definition = $state.raw<Definition>(this.saved.definition)
  /** What is written in the JSON tab while it can't be drawn; null while that shows the definition. */
  json = $state.raw<{ text: string; fault: string | null } | null>(null)
  /** The card that is open. */
  open = $state<string | null>(null)
  fault = $state.raw<Fault | null>(null)
  conflict = $state.raw<Tagged | 'gone' | null>(null)
  isSaving = $state(false)
  readonly isChanged: boolean = $derived(
    this.name !== this.saved.name ||
      this.enabled !== this.saved.enabled ||
      (this.json?.fault ?? null) !== null ||
      !isSame(this.definition, this.saved.definition),
  )

  constructor(desk: Desk, found: Tagged | null) {
    this.#desk = desk
    this.id = found?.workflow.id ?? null
    this.#tag = null
    if (found) this.take(found)
    else this.open = TRIGGER
  }

  get canWrite(): boolean {
    return this.#desk.project.scopes.includes('workflow:write')
  }

  /** Shows how the desk has it. */
  take({ workflow, tag }: Tagged) {
    this.saved = versionOf(workflow)
    this.updatedAt = workflow.updated_at
    this.#tag = tag
    ;({ name: this.name, enabled: this.enabled, definition: this.definition } = this.saved)
    this.json = null
    this.fault = null
  }

  get body(): Input {
    return { name: this.name.trim(), enabled: this.enabled, ...writeDefinition(this.definition) }
  }

  // Changes of the definition.

  #set(change: Partial<Definition>) {
    this.definition = { ...this.definition, ...change }
    this.json = null
    this.fault = null
  }

  #setSteps(steps: Step[]): boolean {
    if (steps === this.definition.steps) return false
    this.#set({ steps })
    return true
  }

  setEvent = (event: string) => this.#set({ event })
  setFilters = (filters: Condition[]) => this.#set({ filters })
  setInputs = (id: string, inputs: Inputs) => this.#setSteps(changeStep(this.definition.steps, id, (step) => (step.is === 'action' ? { ...step, inputs } : step)))
  setLane = (id: string, change: (lane: Lane) => Lane | null) => this.#setSteps(changeLane(this.definition.steps, id, change))
  setStep = (id: string, change: (step: Step) => Step | null) => this.#setSteps(changeStep(this.definition.steps, id, change))

  add(spot: Spot, step: Step) {
    if (countSteps([...this.definition.steps, step]) > MOST_STEPS) return void toasts.show(w.step.tooMany(MOST_STEPS))
    this.#setSteps(insert(this.definition.steps, spot, step))
    const card = step.is === 'branches' ? (step.lanes[0]?.id ?? step.id) : step.id
    this.open = card
    void focusCard(card, true)
  }

  /** Removes a step or a branch, which can be taken back. */
  remove(text: string, steps: Step[], next: string | null) {
    const before = this.definition.steps
    if (!this.#setSteps(steps)) return
    const after = this.definition.steps
    undo.offer(text, () => {
      if (this.definition.steps === after) this.#setSteps(before)
    })
    void focusCard(next ?? TRIGGER)
  }

  removeStep(id: string) {
    const found = find(this.definition.steps, id)
    if (found) this.remove(w.step.removed, remove(this.definition.steps, id), neighbour(id))
  }

  move(id: string, way: Way) {
    this.#moved(id, this.#setSteps(moveBy(this.definition.steps, id, way)))
  }

  moveTo(id: string, spot: Spot) {
    this.#moved(id, this.#setSteps(moveTo(this.definition.steps, id, spot)))
  }

  /** Says where a step went: whoever does not see the tree hears it. */
  announced = $state('')
  #moved(id: string, hasMoved: boolean) {
    const found = find(this.definition.steps, id)
    this.announced = hasMoved && found ? w.step.moved(found.place) : w.step.notMoved
    void focusCard(id)
  }

  /** What stands in the JSON tab, drawn at once if it can be. */
  write(text: string) {
    const found = fromJson(text)
    if ('fault' in found) return void (this.json = { text, fault: found.fault })
    const { name, enabled, definition } = found
    if (name !== undefined) this.name = name
    if (enabled !== undefined) this.enabled = enabled
    if (!isSame(definition, this.definition)) this.definition = definition
    this.json = { text, fault: null }
  }

  get jsonText(): string {
    return this.json?.text ?? asJson(this.body)
  }

  // Saving.

  /** Answers whether it is saved. */
  async save(): Promise<boolean> {
    if (this.isSaving || !this.canWrite) return false
    if (this.json?.fault) return this.#refuse('json', this.json.fault)
    if (this.body.name === '') return this.#refuse('name', w.editor.nameFirst)
    this.isSaving = true
    this.fault = null
    try {
      return await this.#send(this.body)
    } catch (error) {
      return await this.#notSaved(error)
    } finally {
      this.isSaving = false
    }
  }

  async #send(body: Input): Promise<boolean> {
    const key = this.#keyOf(body)
    const sent = this.definition
    const project = this.#desk.project.id
    if (this.id === null) {
      this.id = (await createWorkflow(project, body, key)).id
      this.#settle(await loadWorkflow(project, this.id), sent)
      fresh = this
      router.go({ name: 'workflow', project, workflow: this.id }, { replace: true })
    } else {
      this.#settle(await saveWorkflow(project, this.id, body, this.#tag, key), sent)
    }
    void queryClient.invalidateQueries({ queryKey: calls.workflows(this.#desk.project.id).queryKey })
    toasts.show(w.editor.saved)
    return true
  }

  /** What is saved stays on screen as it is, with what was changed while it was on its way. */
  #settle({ workflow, tag }: Tagged, sent: Definition) {
    const saved = versionOf(workflow)
    const definition = isSame(saved.definition, sent) ? sent : saved.definition
    this.saved = { ...saved, definition }
    this.updatedAt = workflow.updated_at
    this.#tag = tag
    if (this.definition === sent) this.definition = definition
    if (this.name.trim() === saved.name) this.name = saved.name
  }

  #sent = ''
  #keyOf(body: Input): string {
    const text = `${this.#tag} ${JSON.stringify(body)}`
    if (text !== this.#sent) this.#key = crypto.randomUUID()
    this.#sent = text
    return this.#key
  }

  async #notSaved(error: unknown): Promise<boolean> {
    if (this.id !== null && (isOvertaken(error) || isGone(error))) {
      this.conflict = isGone(error) ? 'gone' : await loadWorkflow(this.#desk.project.id, this.id).catch((why) => (isGone(why) ? ('gone' as const) : null))
      if (this.conflict) return false
    }
    return this.#refuse(flawAt(error) ?? '', whyNot(error))
  }

  #refuse(place: string, text: string): false {
    const card = cardAt(this.definition, place)
    this.fault = { card, place, text }
    if (card) this.open = card
    if (place === '' || (card === null && !['name', 'json'].includes(place))) toasts.show(w.editor.notSaved(text))
    return false
  }

  /** Saves this version over the one on the desk. */
  async saveMine(): Promise<boolean> {
    if (this.conflict === null || this.conflict === 'gone') return false
    this.#tag = this.conflict.tag
    this.conflict = null
    return this.save()
  }

  takeTheirs() {
    if (this.conflict !== null && this.conflict !== 'gone') this.take(this.conflict)
    this.conflict = null
  }

  async saveNew(): Promise<boolean> {
    this.conflict = null
    try {
      const { id } = await createWorkflow(this.#desk.project.id, this.body, crypto.randomUUID())
      this.saved = { name: this.name, enabled: this.enabled, definition: this.definition }
      router.go({ name: 'workflow', project: this.#desk.project.id, workflow: id }, { replace: true })
      return true
    } catch (error) {
      return this.#refuse(flawAt(error) ?? '', whyNot(error))
    }
  }
}
