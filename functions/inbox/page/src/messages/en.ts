// The words in English that the list needs; `en-later.ts` has those of all other parts. Another language has these
// catalogues' types, so a missing word does not compile.
import { plural } from './plural.ts'
import type { Channel, Priority, Standing, Status } from '../api/types.ts'

const count = new Intl.NumberFormat('en')
const many = plural('en')

const lists = new Intl.ListFormat('en')

export const en = {
  language: 'en',
  product: 'Lambdesk',
  over: 'Over the page',
  status: { new: 'New', open: 'Open', pending: 'Pending', on_hold: 'On hold', resolved: 'Resolved' } satisfies Record<Status, string>,
  priority: { low: 'Low', medium: 'Medium', high: 'High' } satisfies Record<Priority, string>,
  noPriority: 'No priority',
  channel: { widget: 'Chat', email: 'E-mail', slack: 'Slack', api: 'API' } satisfies Record<Channel, string>,
  standing: {
    on_track: 'On track',
    at_risk: 'At risk',
    breached: 'Breached',
    paused: 'Paused',
    none: 'No deadline',
  } satisfies Record<Standing, string>,
  views: {
    queue: 'Next up',
    mine: 'Mine',
    unassigned: 'Unassigned',
    open: 'All open',
    pending: 'Pending',
    onHold: 'On hold',
    snoozed: 'Snoozed',
    resolved: 'Resolved',
    everything: 'Everything',
    drafts: 'Drafts',
    found: 'Tickets',
  },
  rail: {
    label: 'Views',
    collapse: 'Collapse the views',
    expand: 'Show the views',
    show: 'Views',
    settings: 'Settings',
    workflows: 'Workflows',
    favorites: 'Favourites',
    shared: 'Shared',
    private: 'Private',
    project: 'Project',
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    keys: 'Keyboard shortcuts',
    preferences: 'Preferences',
    unread: (n: number) => `${count.format(n)} unread`,
  },
  list: {
    label: 'Tickets',
    unread: (n: number) => many(n, { one: '1 unread message', other: `${count.format(n)} unread messages` }),
    count: (n: number, exact: boolean) => `${count.format(n)}${exact ? '' : '+'}`,
    visitor: (id: string) => `Visitor ${id}`,
    verified: 'Identity proved',
    noText: 'No message yet',
    draft: 'Draft',
    news: (added: number, changed: number) =>
      [added > 0 ? `${count.format(added)} new` : '', changed > 0 ? `${count.format(changed)} changed` : '']
        .filter(Boolean)
        .join(', '),
    left: 'No longer in this list',
    select: (name: string) => `Select ${name}`,
    assignedTo: (name: string) => `Assigned to ${name}`,
    nobody: 'Nobody',
    emptyQueue: 'Queue done',
    emptyQueueText: 'Nothing waits for you. New tickets appear here by themselves.',
    emptyFilter: 'No ticket matches',
    emptyFilterText: 'Change or drop a filter to see more.',
    showAll: 'Show everything',
    failed: 'The list could not be loaded.',
    resize: 'Width of the list',
    sections: { breached: 'Breached', at_risk: 'At risk', today: 'Due today', later: 'Later', none: 'No deadline' },
    priorityFirst: 'By priority first',
    takeNext: 'Take the next one by opening it',
    nextUpDone: 'Nothing is left in the queue',
  },
  outdated: { text: 'The desk has a new version.', reload: 'Reload' },
  bulk: {
    outcome: (changed: number, already: number, gone: number, overtaken: number, failed: number) =>
      lists.format(
        [
          `${count.format(changed)} changed`,
          already > 0 ? many(already, { one: '1 was so already', other: `${count.format(already)} were so already` }) : '',
          gone > 0 ? `${count.format(gone)} gone` : '',
          overtaken > 0 ? `${count.format(overtaken)} changed by others` : '',
          failed > 0 ? `${count.format(failed)} failed: still selected, try again` : '',
        ].filter(Boolean),
      ),
    undone: (changed: number, left: number) =>
      left === 0 ? `${count.format(changed)} as before` : `${count.format(changed)} as before, ${count.format(left)} changed by others since`,
  },
  view: {
    label: 'View',
    edited: 'Edited',
    save: 'Save',
    discard: 'Discard',
    saveAs: 'Save as a view',
    rename: 'Rename',
    share: 'Share with the team',
    unshare: 'Keep to myself',
    favorite: 'Add to favourites',
    unfavorite: 'Remove from favourites',
    delete: 'Delete the view',
    deleted: (name: string) => `View “${name}” deleted`,
  },
  filter: {
    add: 'Filter',
    clear: 'Clear',
    facets: {
      status: 'Status',
      priority: 'Priority',
      assignee: 'Assignee',
      sla: 'Deadline',
      channel_source: 'Channel',
      tags: 'Any tag of',
      tags_all: 'All tags of',
      tags_exclude: 'No tag of',
      created: 'Created',
      updated: 'Changed',
      snoozed: 'Snoozed',
    },
    tagsOffered: 'Tags',
  },
  search: {
    label: 'Search',
    placeholder: 'Number, name or e-mail',
    open: (n: number) => `Open #${n}`,
    clear: 'Clear the search',
    nothing: 'Nothing found',
    searched: 'Searched: ticket numbers, and beginnings of names and e-mail addresses. The text of messages is not searched.',
    dropOthers: 'Search without the other filters',
  },
  order: {
    label: 'Sort and display',
    '-updated_at': 'Newest change',
    updated_at: 'Oldest change',
    '-created_at': 'Newest',
    created_at: 'Oldest',
    '-ticket_number': 'Number',
    sla_due_at: 'Deadline',
    comfortable: 'Comfortable rows',
    compact: 'Compact rows',
  },
  thread: {
    label: 'Conversation',
  },
  presence: {
    viewing: (name: string) => `${name} is viewing`,
    writing: (names: readonly string[]) =>
      many(names.length, { one: `${lists.format(names)} is writing a reply`, other: `${lists.format(names)} are writing replies` }),
  },
  outbox: {
    retry: 'Retry',
  },
  sidebar: {
    label: 'Details',
    close: 'Close the details',
  },
  session: {
    out: 'Signed out',
    outText: 'Sign in to see this desk’s tickets.',
    agent: (name: string) => `Signed in as ${name}`,
    signOut: 'Sign out',
    signIn: 'Sign in',
    noProject: 'You are a member of no project. Ask an administrator to invite you.',
    foreignProject: 'You are not a member of this project.',
  },
  errors: {
    unreachable: 'The desk does not answer. Check the connection.',
    failed: 'That did not work.',
    requestId: (id: string) => `Request ${id}`,
    retry: 'Retry',
    notFound: 'There is no such page.',
    home: 'To the queue',
    offline: (time: string, waiting: number) =>
      `Offline since ${time}. You can read and write${waiting === 0 ? '' : many(waiting, { one: '; 1 change waits', other: `; ${count.format(waiting)} changes wait` })}.`,
    busy: (time: string) => `The desk has not answered since ${time}. It is asked again by itself.`,
    noAccess: 'You no longer see this project. What you have written is kept in this browser.',
    late: (n: number) => many(n, { one: '1 change is not saved yet.', other: `${count.format(n)} changes are not saved yet.` }),
  },
  actions: { close: 'Close', cancel: 'Cancel', undo: 'Undo', more: 'More' },
  done: {
    status: (status: string) => `Set to ${status}`,
    assigned: (name: string) => `Assigned to ${name}`,
    unassigned: 'Assigned to nobody',
    priority: (priority: string) => `Priority: ${priority}`,
    tags: 'Tags changed',
    snoozed: 'Snoozed',
    unsnoozed: 'No longer snoozed',
    deadline: 'Deadline changed',
    changed: 'Changed',
    gone: (n: number) => `Ticket #${n} was deleted.`,
    forbidden: 'You may not change this.',
    tooLong: 'That is too long for the desk.',
    overtaken: (who: string, what: string, when: string | null) => `${who} set this to ${what}${when === null ? '' : ` ${when}`}.`,
    someone: 'Someone',
    notUndone: (why: string) => `${why} Not undone.`,
    anyway: 'Set it anyway',
  },
  palette: {
    linkCopied: 'Link copied',
  },
  notify: {
    title: (n: number, name: string) => (n > 0 ? `(${count.format(n)}) ${name}` : name),
    unassigned: (name: string) => `New ticket from ${name}`,
    message: (name: string) => `New message from ${name}`,
    at_risk: (name: string) => `Deadline near: ${name}`,
    hidden: (n: number) => `Ticket #${n}`,
  },
  later: { title: 'Not here yet', text: 'This part of the desk is on its way. The API has it already.' },

  keys: {
    then: 'then',
  },
}

export type Messages = typeof en
