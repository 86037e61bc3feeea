// What becomes of doubtful mails, whose word is taken on a sender, and what the desk writes by itself.
import { defaulted } from '../defaulted.ts'
import type { Project } from '../project.ts'

const DEFAULTS = {
  email_spam: 'held' as 'held' | 'open',
  email_bulk: 'held' as 'held' | 'open',
  email_trusted_forwarders: ['mx.google.com', 'mx.microsoft.com'],
  email_enabled: true,
  email_reply_token: true,
  email_acknowledge: false,
  notification_recipients: [] as string[],
  widget_restore_enabled: true,
}

/** After how many minutes a reply that was not seen leaves by mail, unless the project says so. */
const MINUTES = 5

const byDefault = defaulted(DEFAULTS)

/** Of the minutes null is a value, which stands for never. So what is as by default is stored as it is. */
type Mail = ReturnType<typeof byDefault.of> & { email_widget_minutes: number | null }

export function mailOf(project: Project): Mail {
  const minutes = project.conversations_settings.email_widget_minutes
  return { ...byDefault.of(project), email_widget_minutes: minutes === undefined ? MINUTES : minutes }
}

export function mailSettings({ email_widget_minutes: minutes, ...others }: Partial<Mail>): Partial<Mail> {
  return { ...byDefault.stored(others), ...(minutes !== undefined && { email_widget_minutes: minutes }) }
}
