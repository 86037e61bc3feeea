// What a trigger's event and a ticket that was read carry, and how each is compared. Pure.

export type Kind =
  | 'text'
  | 'number'
  | 'flag'
  | 'date'
  | 'tags'
  | 'assignee'
  | 'status'
  | 'priority'
  | 'channel'
  | 'detail'
  | 'assigneeType'
  | 'author'
  | 'actor'
  | 'metric'

const EVENT = 'event.properties.'
const TICKET = 'variables.ticket.'
export const DISTINCT_ID = 'event.distinct_id'

/** How each property is compared, whichever event or ticket carries it. */
const KINDS: Record<string, Kind> = {
  ticket_id: 'text',
  ticket_number: 'number',
  channel_source: 'channel',
  channel_detail: 'detail',
  status: 'status',
  priority: 'priority',
  customer_name: 'text',
  customer_email: 'text',
  customer_email_proven: 'flag',
  old_status: 'status',
  new_status: 'status',
  old_priority: 'priority',
  new_priority: 'priority',
  assignee_type: 'assigneeType',
  assignee_id: 'assignee',
  tags: 'tags',
  added: 'tags',
  removed: 'tags',
  message_id: 'text',
  message_content: 'text',
  author_type: 'author',
  author_id: 'assignee',
  actor_type: 'actor',
  actor_id: 'assignee',
  customer_distinct_id: 'text',
  sla_metric: 'metric',
  sla_due_at: 'date',
  sla_active: 'flag',
  sla_breached: 'flag',
  sla_delta_seconds: 'number',
  late: 'flag',
  late_seconds: 'number',
  satisfaction_asked_at: 'date',
  satisfaction_rating: 'number',
  satisfaction_comment: 'text',
  id: 'text',
  distinct_id: 'text',
  created_at: 'date',
  updated_at: 'date',
  message_count: 'number',
  last_message_at: 'date',
  last_message_text: 'text',
  unread_team_count: 'number',
  unread_customer_count: 'number',
  'assignee.type': 'assigneeType',
  'assignee.id': 'assignee',
}

const BASE = ['ticket_id', 'ticket_number', 'channel_source', 'channel_detail', 'status', 'priority', 'customer_name', 'customer_email', 'customer_email_proven']
const ACTOR = ['actor_type', 'actor_id', 'customer_distinct_id']
const SLA = ['sla_due_at', 'sla_active', 'sla_breached', 'sla_delta_seconds']
const SATISFACTION = ['satisfaction_asked_at', 'satisfaction_rating', 'satisfaction_comment']

/** The events that start workflows, each with what it carries besides what all do. */
const CARRIED = {
  $conversation_ticket_created: [],
  $conversation_ticket_status_changed: ['old_status', 'new_status', ...ACTOR],
  $conversation_ticket_priority_changed: ['old_priority', 'new_priority', ...ACTOR],
  $conversation_ticket_assigned: ['assignee_type', 'assignee_id', ...ACTOR],
  $conversation_ticket_tags_changed: ['tags', 'added', 'removed', ...ACTOR],
  $conversation_message_sent: ['message_id', 'message_content', 'author_type', 'author_id', ...SLA, ...ACTOR],
  $conversation_message_received: ['message_id', 'message_content', 'author_type'],
  $conversation_sla_at_risk: ['sla_metric', ...SLA, 'late', 'late_seconds'],
  $conversation_sla_breached: ['sla_metric', ...SLA, 'late', 'late_seconds'],
  $conversation_satisfaction_asked: [...SATISFACTION, ...ACTOR],
  $conversation_satisfaction_answered: [...SATISFACTION, ...ACTOR],
  $conversation_delivery_failed: ['message_id', 'delivery_status', ...ACTOR],
} satisfies Record<string, string[]>

export type EventName = keyof typeof CARRIED
export const EVENTS = Object.keys(CARRIED) as EventName[]
export const isEvent = (name: string): name is EventName => Object.hasOwn(CARRIED, name)

const READ = [
  'id', 'ticket_number', 'status', 'priority', 'channel_source', 'distinct_id', 'created_at', 'updated_at', 'message_count', 'last_message_at',
  'last_message_text', 'unread_team_count', 'unread_customer_count', 'sla_due_at', 'tags', 'assignee.type', 'assignee.id', 'customer_email_proven',
]

/** The names of what an event carries. */
export const carriedBy = (event: string): string[] => [...BASE, ...(isEvent(event) ? CARRIED[event] : [])]

/** The paths that a condition may ask about: the event's, and the ticket's once a step above has read it. */
export const pathsOf = (event: string, hasTicket: boolean): string[] => [
  ...carriedBy(event).map((name) => EVENT + name),
  DISTINCT_ID,
  ...(hasTicket ? READ.map((name) => TICKET + name) : []),
]

/** The property's own name, and whether it is of the ticket that was read. */
export function partsOf(path: string): { name: string; isRead: boolean } {
  if (path.startsWith(TICKET)) return { name: path.slice(TICKET.length), isRead: true }
  return { name: path === DISTINCT_ID ? 'distinct_id' : path.replace(EVENT, ''), isRead: false }
}

export function kindOf(path: string): Kind {
  const { name } = partsOf(path)
  return (Object.hasOwn(KINDS, name) && KINDS[name]) || 'text'
}

/** How well a property answers to what was typed: by its name first, then by its path. */
export function closeness(path: string, typed: string, [name = '']: string[] = []): number {
  const asked = typed.trim().toLowerCase()
  const at = name.toLowerCase().indexOf(asked)
  if (at >= 0) return at === 0 ? 1 : 0.8
  return path.toLowerCase().includes(asked) ? 0.5 : 0
}

/** A path that was typed by hand: a bare name is the event's. */
export const pathFrom = (typed: string): string => (/^(event|variables)\./.test(typed) ? typed : EVENT + typed)

const SET = ['is_set', 'is_not_set'] as const
const EQUAL = ['equals', 'not_equals'] as const
const ORDER = ['greater_than', 'less_than'] as const
const TEXT = ['contains', 'not_contains', 'starts_with', 'ends_with'] as const

export type Operator = 'equals' | 'not_equals' | 'contains' | 'not_contains' | 'starts_with' | 'ends_with' | 'in' | 'greater_than' | 'less_than' | 'is_set' | 'is_not_set'

/** What may sensibly be asked of a kind of property. */
export function operatorsOf(kind: Kind): readonly Operator[] {
  if (kind === 'text') return [...EQUAL, ...TEXT, 'in', ...SET]
  if (kind === 'number') return [...EQUAL, ...ORDER, 'in', ...SET]
  if (kind === 'date') return [...ORDER, ...SET]
  if (kind === 'flag') return [...EQUAL, ...SET]
  if (kind === 'tags') return ['contains', 'not_contains', 'in', ...SET]
  return [...EQUAL, 'in', ...SET]
}

export const takesValue = (operator: string): boolean => operator !== 'is_set' && operator !== 'is_not_set'

/** The value that goes on when the question changes: one of several, several of one, or nothing. */
export function valueFor(kind: Kind, operator: string, before: unknown): unknown {
  if (!takesValue(operator)) return undefined
  if (operator === 'in') return Array.isArray(before) ? before : before === undefined || before === '' ? [] : [before]
  const one: unknown = Array.isArray(before) ? before[0] : before
  if (kind === 'flag') return typeof one === 'boolean' ? one : true
  return typeof one === 'boolean' || one === undefined ? '' : one
}

/** What was typed, as the definition has it: a number where the property is one. */
export const scalarFrom = (kind: Kind, typed: string): string | number =>
  kind === 'number' && typed.trim() !== '' && Number.isFinite(Number(typed)) ? Number(typed) : typed
