// What becomes of doubtful mails.
import { defaulted } from '../defaulted.ts'

const DEFAULTS = {
  email_spam: 'held' as 'held' | 'open',
  email_bulk: 'held' as 'held' | 'open',
}

export const { of: mailOf, stored: mailSettings } = defaulted(DEFAULTS)
