import type { Desk } from '../state/desk.svelte.ts'
import { w } from '../messages/workflows.ts'
import { queryClient } from '../state/queries.ts'
import { router } from '../state/router.svelte.ts'
import { undo } from '../state/undo.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { calls, createWorkflow, flawAt, isGone, isOvertaken, loadWorkflow, saveWorkflow, whyNot, type Input, type Tagged } from './calls.ts'
import { isSame, readDefinition, writeDefinition, type Condition, type Definition, type Inputs, type Lane, type Step } from './definition.ts'
import { focusCard, neighbour } from './focus.ts'
import { asJson, drawn, fromJson } from './json.ts'
import { lackingTags } from './lacking.ts'
import { cardAt, changeLane, changeStep, countSteps, find, insert, MOST_STEPS, moveBy, moveTo, remove, TRIGGER, type Spot, type Way } from './tree.ts'

export type Tab = 'steps' | 'json' | 'try' | 'runs'
type Version = { name: string; enabled: boolean; definition: Definition }
/** What is written in the JSON tab, why it can't be drawn, and the name and the switch that it had when it last could. */
type Written = { text: string; fault: string | null; said: { name: string; enabled: boolean }; drawn: Definition }
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
  /** Null for one whose version the desk has not told: the answer to a new one doesn't. */
  #tag: string | null
  /** The page that shows it; null once the person has gone elsewhere. */
  #page: object | null = null
  /** Made anew with each change, so that a save that got no answer can be sent again without doing it twice. */
  #key = crypto.randomUUID()
  saved = $state.raw<Version>(versionOf(EMPTY))
  updatedAt = $state.raw<string | null>(null)
  name = $state('')
  enabled = $state(true)
  definition = $state.raw<Definition>(this.saved.definition)
  /** Null while the JSON tab shows the definition. */
  json = $state.raw<Written | null>(null)
  /** The card that is open. */
  open = $state<string | null>(null)
  fault = $state.raw<Fault | null>(null)
  conflict = $state.raw<Tagged | 'gone' | null>(null)
  isSaving = $state(false)

  constructor(desk: Desk, found: Tagged | null) {
    this.#desk = desk
    this.id = found?.workflow.id ?? null
    this.#tag = null
    if (found) this.take(found)
    else this.open = TRIGGER
  }

  /** Says that a page shows it, until the answer is called. */
  show(): () => void {
    const page = {}
    this.#page = page
    return () => {
      if (this.#page === page) this.#page = null
    }
  }

  get isShown(): boolean {
    return this.#page !== null
  }

  /** No derived one: that would stand still once the page that made it is gone, and a new one goes on in another page. */
  get isChanged(): boolean {
    return (
      this.name !== this.saved.name ||
      this.enabled !== this.saved.enabled ||
      (this.json?.fault ?? null) !== null ||
      !isSame(this.definition, this.saved.definition)
    )
  }

  get canWrite(): boolean {
    return this.#desk.project.scopes.includes('workflow:write')
  }

  /** Shows how the desk has it. */
  take({ workflow, tag }: Tagged) {
    this.saved = versionOf(workflow)
    this.updatedAt = workflow.updated_at
    this.#tag = tag
    ;({ name: this.name, enabled: this.enabled } = this.saved)
    this.#draw(this.saved.definition)
    this.json = null
    this.fault = null
  }

  get body(): Input {
    return { name: this.name.trim(), enabled: this.enabled, ...writeDefinition(this.definition) }
  }

  // Changes of the definition.

  #set(change: Partial<Definition>) {
    const { json } = this
    this.definition = { ...this.definition, ...change }
    this.json = null
    this.fault = null
    if (json?.fault) undo.offer(w.json.dropped, () => (this.json = json))
  }

  /** Another definition, whose cards are others. */
  #draw(definition: Definition) {
    if (this.open !== TRIGGER) this.open = null
    this.definition = definition
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
    const { json } = this
    if (!this.#setSteps(steps)) return
    const after = this.definition.steps
    undo.offer(text, () => {
      if (this.definition.steps !== after) return
      this.#setSteps(before)
      if (json?.fault) this.json = json
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
    const said = this.#isWritten && this.json ? this.json.said : { name: this.body.name, enabled: this.enabled }
    const found = fromJson(text)
    this.fault = null
    if ('fault' in found) return void (this.json = { text, fault: found.fault, said, drawn: this.definition })
    const { name = said.name, enabled = said.enabled, definition } = found
    // What the text says no other than before was perhaps changed above meanwhile.
    if (name !== said.name) this.name = name
    if (enabled !== said.enabled) this.enabled = enabled
    if (!isSame(definition, this.definition)) this.#draw(definition)
    this.json = { text, fault: null, said: { name, enabled }, drawn: this.definition }
  }

  /** Whether the text that was written still stands: what can't be drawn does, and what says the same as the steps and the head. */
  get #isWritten(): boolean {
    if (this.json === null) return false
    const { fault, said, drawn } = this.json
    return fault !== null || (said.name.trim() === this.body.name && said.enabled === this.enabled && drawn === this.definition)
  }

  get jsonText(): string {
    return this.#isWritten && this.json ? this.json.text : asJson(this.body)
  }

  // Saving.

  /** Answers whether it is saved. */
  save(): Promise<boolean> {
    return this.#save(this.id)
  }

  /** Saves it as the workflow with an id, or as a new one. */
  async #save(id: string | null): Promise<boolean> {
    if (this.isSaving || !this.canWrite) return false
    if (this.json?.fault) return this.#refuse('json', this.json.fault)
    if (this.body.name === '') return this.#refuse('name', w.editor.nameFirst)
    const untagged = lackingTags(this.definition)
    if (untagged !== null) return this.#refuse(untagged, w.update.tagsUnnamed)
    this.isSaving = true
    this.fault = null
    try {
      return await this.#send(id, this.body)
    } catch (error) {
      return await this.#notSaved(id, error)
    } finally {
      this.isSaving = false
    }
  }

  async #send(id: string | null, body: Input): Promise<boolean> {
    const sent = this.definition
    const project = this.#desk.project.id
    if (id === null) {
      this.#settle(await createWorkflow(project, body, this.#keyOf('new', body)), body, sent)
      this.#move()
    } else {
      const tag = this.#tag ?? (await this.#readTag(id))
      if (tag === null) return false
      this.#settle(await saveWorkflow(project, id, body, tag, this.#keyOf(`${id} ${tag}`, body)), body, sent)
    }
    void queryClient.invalidateQueries({ queryKey: calls.workflows(project).queryKey })
    toasts.show(w.editor.saved)
    return true
  }

  /** A new one goes on at the address that it has by now, unless the person has gone elsewhere. */
  #move() {
    if (this.id === null || !this.isShown) return
    fresh = this
    router.go({ name: 'workflow', project: this.#desk.project.id, workflow: this.id }, { replace: true })
  }

  /** The tag of what was saved; null, with the question what to do, if the desk has another version by now. */
  async #readTag(id: string): Promise<string | null> {
    const found = await loadWorkflow(this.#desk.project.id, id)
    const { name, enabled } = found.workflow
    const theirs = drawn(found.workflow)
    const isSaved = 'definition' in theirs && isSame(theirs.definition, this.saved.definition) && name === this.saved.name && enabled === this.saved.enabled
    if (isSaved) {
      if (found.tag === null) throw new Error('the desk told no version')
      return (this.#tag = found.tag)
    }
    if (this.isShown) this.conflict = found
    else toasts.show(w.editor.notSaved(w.conflict.text))
    return null
  }

  /** What is saved stays on screen as it is, with what was changed while it was on its way. */
  #settle({ workflow, tag }: Tagged, body: Input, sent: Definition) {
    const found = drawn(workflow)
    // The desk took what was sent, though it answers with something that can't be drawn.
    if ('fault' in found) toasts.show(w.json.undrawn(found.fault))
    const definition = 'fault' in found || isSame(found.definition, sent) ? sent : found.definition
    const { name, enabled } = 'fault' in found ? body : workflow
    this.id = workflow.id
    this.saved = { name, enabled, definition }
    this.updatedAt = workflow.updated_at
    this.#tag = tag
    if (this.definition === sent && definition !== sent) this.#draw(definition)
    if (this.name.trim() === name) this.name = name
  }

  #sent = ''
  #keyOf(at: string, body: Input): string {
    const text = `${at} ${JSON.stringify(body)}`
    if (text !== this.#sent) this.#key = crypto.randomUUID()
    this.#sent = text
    return this.#key
  }

  async #notSaved(id: string | null, error: unknown): Promise<boolean> {
    if (id !== null && this.isShown && (isOvertaken(error) || isGone(error))) {
      this.conflict = isGone(error) ? 'gone' : await loadWorkflow(this.#desk.project.id, id).catch((why) => (isGone(why) ? ('gone' as const) : null))
      if (this.conflict) return false
    }
    return this.#refuse(flawAt(error) ?? '', whyNot(error))
  }

  #refuse(place: string, text: string): false {
    const card = cardAt(this.definition, place)
    this.fault = { card, place, text }
    if (card) this.open = card
    if (!this.isShown || place === '' || (card === null && !['name', 'json'].includes(place))) toasts.show(w.editor.notSaved(text))
    return false
  }

  /** Saves this version over the one on the desk. */
  async saveMine(): Promise<boolean> {
    if (this.isSaving || this.conflict === null || this.conflict === 'gone') return false
    this.#tag = this.conflict.tag
    this.conflict = null
    return this.save()
  }

  takeTheirs() {
    if (this.conflict !== null && this.conflict !== 'gone') this.take(this.conflict)
    this.conflict = null
  }

  async saveNew(): Promise<boolean> {
    if (this.isSaving) return false
    this.conflict = null
    return this.#save(null)
  }
}
