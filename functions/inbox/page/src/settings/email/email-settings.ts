// What becomes of doubtful mails, and whose word is taken on a sender.
import { defaulted } from '../defaulted.ts'

const DEFAULTS = {
  email_spam: 'held' as 'held' | 'open',
  email_bulk: 'held' as 'held' | 'open',
  email_trusted_forwarders: ['mx.google.com', 'mx.microsoft.com'],
}

export const { of: mailOf, stored: mailSettings } = defaulted(DEFAULTS)
