// The words in English of what a customer's browser sent.
import type { Channel } from '../api/types.ts'
import type { Emptiness, PanelName } from '../context/panels.ts'
import { plural } from './plural.ts'

const count = new Intl.NumberFormat('en')
const many = plural('en')
const lists = new Intl.ListFormat('en')
const inUnit = (n: number, unit: string) => new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(n)

export const enContext = {
  heading: 'From the visitor’s browser, not verified',
  panels: { recording: 'Recording', events: 'Events', errors: 'Errors' } satisfies Record<PanelName, string>,
  loading: 'Loading',
  again: 'Look again',
  show: 'Show in recording',
  kept: 'The ticket keeps these for as long as it is there.',
  session: {
    label: 'Session',
    opened: (time: string) => `Ticket opened, ${time}`,
    message: (time: string) => `Message, ${time}`,
    recorded: (name: string) => `${name}, recorded`,
    onlyOpened: 'The desk shows events and errors of the session in which the ticket was opened.',
    back: 'Show that session',
  },
  empty: {
    arriving: 'This may still be on its way. The page asks again by itself.',
    nothing: {
      recording: 'This session was not recorded.',
      events: 'No event came in the five minutes before and after the ticket was opened.',
      errors: 'No error came in this session.',
    },
    expired: {
      recording: (when: string | null) => (when === null ? 'The recording is no longer kept.' : `The recording is no longer kept since ${when}.`),
      events: (when: string | null) => (when === null ? 'Events are no longer kept.' : `Events of that time are no longer kept since ${when}.`),
      errors: (when: string | null) => (when === null ? 'Errors are no longer kept.' : `Errors of that time are no longer kept since ${when}.`),
    },
    off: {
      recording: 'This project records no sessions.',
      events: 'This project keeps no events.',
      errors: 'This project keeps no errors.',
    },
    change: 'Change it in the settings',
    askAdmin: 'An administrator can change it.',
    no_session: {
      widget: 'The message named no browser session, so the desk cannot tell what belongs to it.',
      email: 'It came by e-mail, which has no browser session.',
      slack: 'It came from Slack, which has no browser session.',
      api: 'The team filed it, or it came by the API. It has no browser session.',
    } satisfies Record<Channel, string>,
  } satisfies Record<Emptiness, unknown> & Record<string, unknown>,
  time: {
    units: inUnit,
    /** A length of time in words, of its units, such as "2 minutes, 5 seconds". */
    length: (parts: readonly string[]) => lists.format(parts),
    before: (length: string) => `${length} before the message`,
    after: (length: string) => `${length} after the message`,
    same: 'with the message',
  },
  events: {
    are: (n: number) => many(n, { one: '1 event', other: `${count.format(n)} events` }),
    filter: 'Filter events',
    found: (n: number, of: number) => `${count.format(n)} of ${count.format(of)}`,
    noneFound: 'No event matches.',
    message: 'The message',
    earlier: (n: number) => `Show ${count.format(n)} earlier`,
    later: (n: number) => `Show ${count.format(n)} later`,
    other: 'Another visitor',
    otherHint: 'This event came under another distinct id than the ticket’s.',
    leftOut: (n: number) => many(n, { one: '1 event was not kept.', other: `${count.format(n)} events were not kept.` }),
    at: 'Time',
    name: 'Event',
    page: 'Page',
    distinctId: 'Distinct id',
    /** What the SDK itself sends. */
    names: {
      $pageview: 'Page view',
      $pageleave: 'Page left',
      $autocapture: 'Something used',
      $rageclick: 'Angry clicks',
      $dead_click: 'Click without effect',
      $copy_autocapture: 'Text copied',
      $identify: 'Identified',
      $set: 'Person changed',
      $groupidentify: 'Group changed',
      $web_vitals: 'Page speed measured',
      $feature_flag_called: 'Feature flag asked',
      $conversations_loaded: 'Chat loaded',
      $conversations_widget_loaded: 'Chat shown',
      $conversations_widget_state_changed: 'Chat opened or closed',
      $conversations_message_sent: 'Message sent',
      $conversations_user_identified: 'Name given in the chat',
      $conversations_back_to_tickets: 'Chat’s list opened',
      $conversations_restore_link_requested: 'Link to the chat asked for',
    } as Record<string, string>,
    used: { click: 'Click', change: 'Input changed', submit: 'Form sent' } as Record<string, string>,
  },
  errors: {
    are: (n: number) => many(n, { one: '1 error', other: `${count.format(n)} errors` }),
    times: (n: number) => `${count.format(n)}×`,
    timesSpoken: (n: number) => many(n, { one: 'once', other: `${count.format(n)} times` }),
    noMessage: 'Without a message',
    handled: 'Handled',
    isHandled: { yes: 'Yes, the page caught it', no: 'No, nothing caught it', unknown: 'Not said' },
    firstAt: 'First',
    lastAt: 'Last',
    page: 'Page',
    cause: 'Caused by',
    stack: 'Stack, the crash site first',
    noStack: 'It came without a stack.',
    libraries: (n: number) => many(n, { one: '1 frame of a library', other: `${count.format(n)} frames of libraries` }),
    anonymous: '(anonymous)',
    unknownPlace: '(unknown place)',
    sent: (place: string) => `As it was sent: ${place}`,
    copy: 'Copy as Markdown',
    copied: 'Copied',
    leftOut: (n: number) => many(n, { one: '1 error was not kept.', other: `${count.format(n)} errors were not kept.` }),
    /** What a copied error says beside itself. */
    markdown: { count: 'Count', first: 'First', last: 'Last', handled: 'Handled', page: 'Page', ticket: 'Ticket', yes: 'yes', no: 'no', unknown: 'not said' },
  },
}

export type ContextMessages = typeof enContext
