import { enEmail } from './en-email.ts'
import { t as settings } from './settings.ts'

/** All words of the page and those of the settings of e-mail. */
export const t = { ...settings, email: enEmail }
