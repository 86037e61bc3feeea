import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { preferences } from '../state/preferences.svelte.ts'
import { bound } from './bindings.ts'
import { MOVES, type Command, type CommandId, type Where } from './commands.ts'
import { isCharacter, strokeOf, withoutAlt } from './keys.ts'

/** Answers false to say that the command does not apply now, so that the key stays the browser's. */
export type Run = (stroke: string) => boolean | void

type Handler = { run: Run; isNearer: () => boolean }

const SECOND_STROKE_MS = 1_500
/** Nearest first: where a key means two things, the nearer place wins. */
const NEAREST: readonly Where[] = ['composer', 'workflow', 'recording', 'list', 'thread', 'ticket', 'go', 'anywhere']

class Keyboard {
  /** The table with the keys that the agent changed. */
  readonly commands: readonly Command[] = $derived(bound(preferences.keys))
  #handlers = new SvelteMap<CommandId, Handler[]>()
  #guards = new Map<Where, () => boolean>()
  #first: { stroke: string; at: number } | null = null

  /**
   * Says what commands do, until the answer is called. What was said last wins; but where `isNearer` holds, such as while
   * rows are selected, it wins over all.
   */
  handle(runs: Partial<Record<CommandId, Run>>, isNearer: () => boolean = () => false): () => void {
    const entries = Object.entries(runs) as [CommandId, Run][]
    // The effect that says what a command does must not run again because of what others say.
    const change = (of: (known: Handler[], run: Run) => Handler[]) =>
      untrack(() => {
        for (const [id, run] of entries) this.#handlers.set(id, of(this.#handlers.get(id) ?? [], run))
      })
    change((known, run) => [...known, { run, isNearer }])
    return () => change((known, run) => known.filter((other) => other.run !== run))
  }

  /** Asks before a key of these commands does anything; on a no it does nothing. Until the answer is called. */
  guard(where: Where, may: () => boolean): () => void {
    this.#guards.set(where, may)
    return () => void this.#guards.delete(where)
  }

  /** Whether anything answers to a command now. */
  can(id: CommandId): boolean {
    return (this.#handlers.get(id)?.length ?? 0) > 0
  }

  run(id: CommandId, stroke = ''): boolean {
    const handlers = (this.#handlers.get(id) ?? []).toReversed()
    const nearer = handlers.filter(({ isNearer }) => isNearer())
    return [...nearer, ...handlers.filter((handler) => !nearer.includes(handler))].some(({ run }) => run(stroke) !== false)
  }

  /** The keys of a command, as they are now. */
  keysOf(id: CommandId): readonly string[] {
    return this.commands.find((command) => command.id === id)?.keys ?? []
  }

  press(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
    if (['Shift', 'Control', 'Alt', 'AltGraph', 'Meta'].includes(event.key)) return
    const place = placeOf(event.target)
    const stroke = this.#meant(strokeOf(event))
    if (stroke === null || (place.isText && !reachesText(stroke)) || isPressOf(event.target, stroke)) return
    const first = this.#first && Date.now() - this.#first.at < SECOND_STROKE_MS ? this.#first.stroke : null
    this.#first = null
    if (first !== null && this.#dispatch(`${first} ${stroke}`, place, event.repeat)) return event.preventDefault()
    if (this.#dispatch(stroke, place, event.repeat)) return event.preventDefault()
    if (this.commands.some((command) => command.keys.some((keys) => keys.startsWith(`${stroke} `))))
      this.#first = { stroke, at: Date.now() }
  }

  /** What a stroke means to this agent: characters may do nothing, or only with Alt held. */
  #meant(stroke: string): string | null {
    if (preferences.shortcuts === 'alt') {
      const plain = withoutAlt(stroke)
      if (plain !== null) return plain
    }
    return preferences.shortcuts !== 'on' && isCharacter(stroke) ? null : stroke
  }

  #dispatch(stroke: string, place: Place, isHeld: boolean): boolean {
    const here = NEAREST.filter((where) => place.where.includes(where))
    const meant = here.flatMap((where) => this.commands.filter((command) => command.where === where && command.keys.includes(stroke)))
    // A key that is held down moves on, but does nothing twice.
    if (isHeld) return meant.some(({ id }) => MOVES.includes(id) && this.run(id, stroke))
    return meant.some(({ id, where }) => (this.can(id) && this.#guards.get(where)?.() === false) || this.run(id, stroke))
  }
}

type Place = { isText: boolean; where: readonly Where[] }

const EVERYWHERE: readonly Where[] = ['go', 'anywhere']

/** Where the focus is, by the region's `data-keys`. Dialogs, menus and whatever else lies over the page keep their keys. */
function placeOf(target: EventTarget | null): Place {
  const element = target instanceof Element ? target : document.body
  const isText = element.matches('input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable]')
  if (element.closest('[role=dialog], [role=alertdialog], [role=menu], [role=listbox], #over')) return { isText: true, where: [] }
  const region = element.closest<HTMLElement>('[data-keys]')?.dataset['keys']
  if (region === 'composer') return { isText, where: ['composer', 'thread', 'ticket', ...EVERYWHERE] }
  // A ticket may be open beside the list; what means two things moves in the list. The views are moved through by the same keys.
  if (region === 'list' || region === 'rail') return { isText, where: ['list', 'thread', 'ticket', ...EVERYWHERE] }
  if (region === 'recording') return { isText, where: ['recording', 'thread', 'ticket', ...EVERYWHERE] }
  if (region === 'workflow') return { isText, where: ['workflow', ...EVERYWHERE] }
  if (region === 'thread') return { isText, where: ['thread', 'ticket', ...EVERYWHERE] }
  return { isText, where: ['workflow', 'thread', 'list', 'ticket', ...EVERYWHERE] }
}

/** Whether a stroke is a command in a field too, where all others write. */
const reachesText = (stroke: string) => /^(Mod|Alt)\+/.test(stroke) || ['Escape', 'F6', 'Shift+F6'].includes(stroke)

/** Enter and Space press the button or the link that has the focus. */
const isPressOf = (target: EventTarget | null, stroke: string) =>
  ['Enter', 'Space'].includes(stroke) && target instanceof Element && target.matches('button, a[href], summary')

export const keyboard = new Keyboard()
