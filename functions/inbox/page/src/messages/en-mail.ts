// The words in English of a conversation by mail.
import type { DeliveryStatus } from '../api/types.ts'
import { plural } from './plural.ts'

const count = new Intl.NumberFormat('en')
const many = plural('en')
const lists = new Intl.ListFormat('en')

export const enMail = {
  label: 'E-mail',
  noSubject: 'No subject',
  fromTo: (from: string, to: string) => `${from} to ${to}`,
  answersTo: (address: string) => `Answers go to ${address}`,
  related: (n: number) => `Answers a mail of #${n}, where this sender takes no part`,
  copies: 'In copy',
  cc: 'Cc',
  moreCopies: (n: number) => many(n, { one: '1 more', other: `${count.format(n)} more` }),
  fewerCopies: 'Fewer',
  unproven: (address: string) => `Unproven sender: nothing shows that ${address} wrote this`,
  automated: 'Written by a machine',
  quoted: 'Earlier mails below it are left out',
  cut: 'Goes on in the mail itself',
  files: (n: number) => many(n, { one: '1 file in the mail', other: `${count.format(n)} files in the mail` }),
  author: (name: string, address: string) => (name === address ? address : `${name} (${address})`),
  recipients: 'Who gets it',
  toLabel: 'To',
  participants: (addresses: readonly string[]) => lists.format(addresses.length > 2 ? [...addresses.slice(0, 1), `${count.format(addresses.length - 1)} more`] : addresses),
  delivery: {
    queued: 'Waits to be mailed',
    sending: 'Being mailed',
    sent: 'Mailed',
    delivered: 'Delivered',
    bounced: 'Not delivered',
    complained: 'Reported as spam',
    failed: 'Not mailed',
    skipped: 'Not mailed',
  } satisfies Record<DeliveryStatus, string>,
  fault: {
    bounced: (address: string) => `Could not be delivered to ${address}`,
    complained: (address: string) => `${address} reported it as spam`,
    failed: (address: string) => `Could not be mailed to ${address}`,
  },
  because: (what: string, why: string) => `${what}: ${why}`,
  deliveredAt: (words: string, at: string) => `${words}, ${at}`,
}
