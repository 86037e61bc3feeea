// The API's objects by the names that the page uses.
import type { components } from './schema.gen.ts'

type Schemas = components['schemas']

export type Status = Schemas['Status']
export type Priority = Schemas['Priority']
export type Channel = Schemas['Channel']
export type Standing = Schemas['Standing']
export type Person = Schemas['PersonBody']
export type Message = Schemas['MessageBody']
export type Member = Schemas['MemberBody']
export type Role = Schemas['RoleBody']
export type View = Schemas['ViewBody']
export type Tag = Schemas['TagBody']
export type QuickAction = Schemas['QuickActionBody']
export type Activity = Schemas['ActivityBody']
/** What a customer's browser sent, which nobody has verified. */
export type Context = Schemas['ContextBody']
export type Recording = Schemas['RecordingBody']
export type SeenEvent = Schemas['EventBody']
export type SeenError = Schemas['ErrorBody']
export type SeenFrame = Schemas['FrameBody']
export type NamedSession = Schemas['Session']
export type State = Schemas['State']

/** A member or a role. The description leaves the id open, since one is a number and the other a UUID. */
export type AssigneeRef = { type: 'user'; id: number } | { type: 'role'; id: string }
export type Assignee = AssigneeRef & Pick<Schemas['AssigneeBody'], 'former' | 'role' | 'user'>

export type Ticket = Omit<Schemas['TicketBody'], 'assignee'> & { assignee?: Assignee | null }

/** What one change of a ticket may set. */
export type TicketChange = {
  status?: Status
  priority?: Priority | null
  assignee?: AssigneeRef | null
  tags?: string[]
  snoozed_until?: string | null
  sla_due_at?: string | null
  /** Of a ticket by mail: who else takes part. */
  cc_participants?: string[]
}

/** A file of a message. What is too large to be kept is in the raw mail. */
export type Attachment = { id: string; name: string; content_type: string; size: number; inline: boolean; state: 'kept' | 'too_large'; url: string | null }
export type FileLink = { url: string; expires_at: string }
export type FullMail = {
  html: string | null
  images_left_out: number
  text: string
  headers: { from: string[]; to: string[]; cc: string[]; date: string | null; subject: string }
  raw: FileLink
}

/** How far a message has come by mail. */
export type DeliveryStatus = Schemas['DeliveryStatus']
export type Delivery = Schemas['DeliveryBody']

export type Page<T> = { count: number; count_is_exact?: boolean | null; next?: string | null; results: T[] }

/** An address that mail of a project is sent from. */
export type Sender = Schemas['MailSender']

export type Me = {
  user: { id: number; email: string; first_name: string }
  projects: { id: number; name: string; access: 'admin' | 'agent'; scopes: string[]; email_senders: Sender[] }[]
  sign_in: string
  expires_at: string | null
}

export type Viewer = { user_id: number; name: string; ticket_id: string; replying: boolean }

export type SyncAsked = {
  since: string | null
  /** The list's filter, as the query of the list has it. */
  filter: string
  /** Without `last_entry_at` no messages come. */
  open: { id: string; version?: number; last_entry_at?: string } | null
  /** What the agent looks at; null where another tab says it. */
  state: { viewing: string | null; replying: boolean } | null
}

export type SyncAnswer = {
  cursor: string
  tickets: { ticket: Ticket; matches: boolean }[]
  /** More has changed than came: the list is to be read anew. */
  more: boolean
  unread_count: number
  /** The open ticket: null if none is open, or if it was deleted. */
  open?: { version: number; ticket: Ticket | null; messages: Message[]; more: boolean } | null
  viewers?: Viewer[]
  poll_after_seconds: number | null
  build: string | null
}

/** What a message changes of its ticket in the same write. */
export type ReplyChanges = Pick<TicketChange, 'status' | 'priority' | 'assignee' | 'tags'>
