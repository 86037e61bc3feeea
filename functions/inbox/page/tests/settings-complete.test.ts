// Whatever openapi.json says can be set in a project has a control in a section of the settings, with the same limits.
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test, vi } from 'vitest'

type Schema = { type?: string | string[]; maxLength?: number; minimum?: number; maximum?: number; properties?: Record<string, Schema> }

const file = process.env['LAMBDESK_OPENAPI'] ?? new URL('../../../../openapi.json', import.meta.url)
const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: { schemas: Record<string, Schema> } }
const change = components.schemas['ProjectChange']?.properties ?? {}
const settings = change['conversations_settings']?.properties ?? {}
const own = Object.entries(change).filter(([name]) => name !== 'conversations_settings')
const writable = [...own, ...Object.entries(settings)]

const project = { id: 1, name: 'A shop', api_token: 'phc_1', conversations_enabled: true, conversations_settings: { widget_public_token: 'wgt_1' } }
const desk = { project: { id: 1, name: 'A shop', access: 'admin' as const, scopes: [], email_senders: [] } }
let drawn = ''
let sections: string[] = []

beforeAll(async () => {
  // It asks whether there is a browser, for which the page's own modules need a little of one.
  await import('bits-ui')
  // What the page's modules look at when they are loaded.
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  vi.stubGlobal('document', { documentElement: { dataset: {} } })
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('location', { href: 'http://desk.test/inbox/1/settings/project', origin: 'http://desk.test', hostname: 'desk.test', pathname: '/inbox/1', search: '', hash: '' })
  vi.stubGlobal('history', { state: null })
  const { render } = await import('svelte/server')
  const forms = await Promise.all([
    import('../src/settings/ProjectForm.svelte'),
    import('../src/settings/WidgetForm.svelte'),
    import('../src/settings/ContextForm.svelte'),
    import('../src/settings/email/EmailForm.svelte'),
  ])
  sections = (await import('../src/settings/sections.ts')).SECTIONS.map(({ name }) => name)
  drawn = forms.map(({ default: Form }) => render(Form, { props: { project, desk } }).body).join('')
}, 120_000)

/** The tag of the control with a name. */
const controlOf = (name: string) => new RegExp(`<(?:input|select|textarea|button)\\b[^>]*\\bname="${name}"[^>]*>`).exec(drawn)?.[0]

test('openapi.json and the sections have what the test walks', () => {
  expect(sections).toEqual(expect.arrayContaining(['project', 'widget', 'email']))
  expect(writable.map(([name]) => name)).toEqual(expect.arrayContaining(['name', 'timezone', 'widget_domains', 'email_spam']))
})

test.each(writable)('%s has a control', (name, schema) => {
  const control = controlOf(name)
  expect(control, `no section of the settings has ${name}`).toBeDefined()
  if (schema.maxLength !== undefined) expect(control).toContain(`maxlength="${schema.maxLength}"`)
  if (schema.minimum !== undefined) expect(control).toContain(`min="${schema.minimum}"`)
  if (schema.maximum !== undefined) expect(control).toContain(`max="${schema.maximum}"`)
})
