// The words in English of a conversation by mail.
import { plural } from './plural.ts'

const count = new Intl.NumberFormat('en')
const many = plural('en')

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
}
