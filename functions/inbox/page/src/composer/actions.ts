// A quick action as its form has it, and as the API takes it. Pure.
import type { Priority, QuickAction, ReplyChanges, Status } from '../api/types.ts'
import { keyOfAssignee, readAssignee } from '../state/assignee.ts'
import { changesIn } from './chips.ts'

/** Empty text stands for no change of that field. */
export type Form = {
  name: string
  description: string
  content: string
  isPersonal: boolean
  status: string
  priority: string
  assignee: string
  tags: string[]
}

export const emptyForm = (given: Partial<Form> = {}): Form => ({
  name: '', description: '', content: '', isPersonal: false, status: '', priority: '', assignee: '', tags: [], ...given,
})

export const formOf = (action: QuickAction): Form => ({
  name: action.name,
  description: action.description,
  content: action.content,
  isPersonal: action.visibility === 'personal',
  ...ofChanges(changesIn(action)),
})

/** What goes with a reply, as the form has it. */
export const ofChanges = ({ status, priority, assignee, tags }: ReplyChanges): Pick<Form, 'status' | 'priority' | 'assignee' | 'tags'> => ({
  status: status ?? '',
  priority: priority ?? '',
  assignee: assignee ? keyOfAssignee(assignee) : '',
  tags: tags ?? [],
})

const NAME_MOST = 200

/** The same under another name, which no other has. */
export function copyOf(form: Form, names: readonly string[], say: (name: string, n: number) => string): Form {
  const taken = new Set(names)
  let n = 1
  while (taken.has(say(form.name, n))) n++
  return { ...form, name: say(form.name, n).slice(0, NAME_MOST) }
}

export function bodyOf({ name, description, content, isPersonal, status, priority, assignee, tags }: Form): Record<string, unknown> {
  return {
    name: name.trim(),
    description: description.trim(),
    content,
    visibility: isPersonal ? 'personal' : 'team',
    // An assignee that is not named would stay.
    actions: {
      status: (status || null) as Status | null,
      priority: (priority || null) as Priority | null,
      tags: tags.length > 0 ? tags : null,
      assignee: readAssignee(assignee),
    },
  }
}

/** A quick action says something or changes something. */
export const isComplete = ({ name, content, status, priority, assignee, tags }: Form): boolean =>
  name.trim() !== '' && (content.trim() !== '' || status !== '' || priority !== '' || assignee !== '' || tags.length > 0)
