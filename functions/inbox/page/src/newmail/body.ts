import type { NewMail } from './kept.ts'

/** The request's body. `from` is the address that was chosen, or the default one. */
export function bodyOf({ to, subject, text, copies, files, place }: NewMail, from: string, rich: object | null): Record<string, unknown> {
  return {
    recipient_email: to.trim(),
    email_config_id: from,
    message: text,
    ...(subject.trim() !== '' && { email_subject: subject.trim() }),
    ...(rich && { rich_content: rich }),
    ...(copies.cc.length > 0 && { cc: copies.cc }),
    ...(copies.bcc.length > 0 && { bcc: copies.bcc }),
    ...(files.length > 0 && place && { attachments: files.map(({ id }) => id), draft: place.draft }),
  }
}
