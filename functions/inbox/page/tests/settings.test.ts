import { expect, test } from 'vitest'
import { deviceOf } from '../src/settings/agents.ts'
import { hexOf, readableOn } from '../src/settings/contrast.ts'
import { entryFor, hostOf, readDomains } from '../src/settings/domains.ts'
import { fieldOf } from '../src/settings/faults.ts'
import { names } from '../src/settings/named.ts'
import { rotationsOf } from '../src/settings/rotations.ts'
import { rolesOf } from '../src/settings/team.ts'
import { settingsOf } from '../src/settings/widget.ts'

test('an attr names the longest field that it is in, and nothing else', () => {
  const fields = ['name', 'widget_domains', 'policies[0]', 'policies[0].targets']
  expect(fieldOf('conversations_settings.widget_domains[2]', fields, 'conversations_settings.')).toBe('widget_domains')
  expect(fieldOf('policies[0].targets.first_response', fields)).toBe('policies[0].targets')
  expect(fieldOf('name', fields)).toBe('name')
  for (const attr of ['names', 'policies[1]', '', null]) expect(fieldOf(attr, fields)).toBeNull()
})

test('hosts match the entries as they do on the desk', () => {
  const domains = ['https://app.example.com:8443/x', '*.example.org']
  for (const host of ['app.example.com', 'example.org', 'a.b.example.org', 'APP.example.com']) expect(entryFor(host, domains), host).not.toBeNull()
  for (const host of ['example.com', 'evilexample.org', 'app.example.com.evil.net', '']) expect(entryFor(host, domains), host).toBeNull()
  expect(entryFor('a.example', ['', '*.', 'https://'])).toBeNull()
})

test.each([
  ['https://shop.example.com/cart?x=1', 'shop.example.com'],
  ['shop.example.com', 'shop.example.com'],
  ['localhost:8000', 'localhost'],
  ['  ', null],
  ['not a host', null],
])('the host of %j is %j', (typed, host) => expect(hostOf(typed)).toBe(host))

test('domains are read a line each', () => {
  expect(readDomains(' a.example \n\n*.b.example, c.example\n')).toEqual(['a.example', '*.b.example', 'c.example'])
})

test('what is written on a colour can be read', () => {
  expect(readableOn('#1d4aff')).toBe('#ffffff')
  expect(readableOn('#FF0')).toBe('#000000')
  expect(hexOf('#1aF')).toBe('#11aaFF')
  for (const other of ['red', '#12', '#12345g', '']) expect(readableOn(other)).toBeNull()
})

test('a role is found wherever a definition names it', () => {
  const id = '01890000-0000-7000-8000-000000000001'
  expect(names({ steps: [{ branches: [{ steps: [{ inputs: { assignee: { type: 'role', id } } }] }] }] }, id)).toBe(true)
  expect(names({ assignee: `user:1,role:${id}` }, id)).toBe(true)
  expect(names({ assignee: [{ type: 'role', id: `${id}0` }], n: 1, none: null }, id)).toBe(false)
})

test('a backup works until it is deleted, or rotated away', () => {
  const at = (hour: number) => ({ at: `2026-11-29T${hour}:00:00Z`, actor: { type: 'user', name: 'Mira' } })
  expect(rotationsOf(undefined, undefined)).toEqual({ rotated: null, hasBackup: false })
  expect(rotationsOf(at(12), undefined)).toEqual({ rotated: { at: at(12).at, by: 'Mira' }, hasBackup: true })
  expect(rotationsOf(at(12), at(13)).hasBackup).toBe(false)
  expect(rotationsOf(at(12), at(11)).hasBackup).toBe(true)
})

test('a setting that is as by default is taken off', () => {
  expect(settingsOf({ widget_color: '#1d4aff', widget_greeting_text: '', widget_domains: [] })).toEqual({ widget_color: null, widget_greeting_text: '', widget_domains: null })
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36', 'Chrome', 'Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0', 'Edge', 'Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1', 'Safari', 'iOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox', 'macOS'],
  ['curl/8.5.0', null, null],
])('%s', (agent, browser, system) => expect(deviceOf(agent)).toEqual({ browser, system }))

test('somebody’s roles are those that name them', () => {
  const roles = [{ id: 'a', name: 'Billing', members: [1, 2] }, { id: 'b', name: 'Support', members: [2] }]
  expect([rolesOf(roles, 2), rolesOf(roles, 1), rolesOf(roles, 3)]).toEqual([['Billing', 'Support'], ['Billing'], []])
})
