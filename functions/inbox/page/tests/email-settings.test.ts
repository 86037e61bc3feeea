// The settings of mail, as fields hold them and as they are stored.
import { expect, test } from 'vitest'
import { mailOf, mailSettings } from '../src/settings/email/email-settings.ts'
import type { Project } from '../src/settings/project.ts'

const project = (set: object) => ({ id: 1, name: 'A shop', conversations_settings: set }) as unknown as Project

test('of the minutes null stands for never, and none for the default', () => {
  const minutes = (set: object) => mailOf(project(set)).email_widget_minutes
  expect([minutes({}), minutes({ email_widget_minutes: null }), minutes({ email_widget_minutes: 0 })]).toEqual([5, null, 0])
  expect(mailSettings({ email_widget_minutes: null })).toEqual({ email_widget_minutes: null })
  expect(mailSettings({ email_widget_minutes: 5 })).toEqual({ email_widget_minutes: 5 })
})

test('what is as by default follows the default', () => {
  expect(mailSettings({ email_enabled: true, email_acknowledge: true })).toEqual({ email_enabled: null, email_acknowledge: true })
})
