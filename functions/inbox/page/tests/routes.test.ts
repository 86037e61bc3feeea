import { expect, test } from 'vitest'
import { address, readAddress, type Route } from '../src/routes.ts'

const at = (path: string) => readAddress(new URL(path, 'http://desk.test'))

test.each<[string, Route]>([
  ['/inbox/1', { name: 'queue', project: 1, filters: '' }],
  ['/inbox/1?status=open', { name: 'queue', project: 1, filters: 'status=open' }],
  ['/inbox/1/t/12', { name: 'ticket', project: 1, number: 12, panel: null, message: null }],
  ['/inbox/1/t/12?panel=activity#m-abc', { name: 'ticket', project: 1, number: 12, panel: 'activity', message: 'abc' }],
  ['/inbox/2/v/aB3', { name: 'view', project: 2, view: 'aB3', filters: '' }],
  ['/inbox/2/drafts', { name: 'drafts', project: 2 }],
  ['/inbox/2/workflows', { name: 'workflows', project: 2 }],
  ['/inbox/2/workflows/w1', { name: 'workflow', project: 2, workflow: 'w1' }],
  ['/inbox/2/workflows/w1?place=steps%5B1%5D.inputs.assignee', { name: 'workflow', project: 2, workflow: 'w1', place: 'steps[1].inputs.assignee' }],
  ['/inbox/2/settings/roles', { name: 'settings', project: 2, section: 'roles' }],
])('%s is read and written', (path, route) => {
  expect(at(path)).toEqual(route)
  expect(address(route)).toBe(path)
})

test('the root leads home, and anything else nowhere', () => {
  expect(at('/')).toEqual({ name: 'home' })
  expect(at('/inbox/')).toEqual({ name: 'home' })
  for (const path of ['/inbox/1/t/0', '/inbox/1/t/x', '/inbox/x', '/inbox/1/nothing', '/elsewhere']) expect(at(path)).toEqual({ name: 'unknown' })
})
