import { expect, test } from 'vitest'
import { byYear, upcoming, withHolidays, without } from '../src/settings/targets/holidays.ts'
import {
  behindAll, emptyPolicy, indexOf, isSame, moved, placesOf, readPolicies, withBack, withCopy, withPolicy, writePolicies, writePolicy, type Policy,
} from '../src/settings/targets/policies.ts'

const GIVEN = {
  policies: [
    {
      name: 'Slack',
      conditions: { priority: ['high' as const], channel_source: ['slack' as const], tags: ['vip'], traits: { plan: ['enterprise', 'scale'] } },
      targets: { first_response: { amount: 4, unit: 'hour' as const }, resolution: { amount: 2.5, unit: 'day' as const } },
      business_hours: { days: ['monday'], time: [['09:00', '17:00']], holidays: ['2026-12-25'] },
    },
    { name: 'All', conditions: {}, targets: { next_response: { amount: 90, unit: 'minute' as const } }, business_hours: null },
  ],
  paused_by: ['on_hold' as const],
}
const say = (name: string, n: number) => `${name} (copy${n > 1 ? ` ${n}` : ''})`

test('what was read is what is saved', () => {
  expect(writePolicies(readPolicies(GIVEN))).toEqual(GIVEN)
  expect(isSame(readPolicies(GIVEN), readPolicies(GIVEN))).toBe(true)
})

test('what an older client saved is read: one word for a list, an amount as text, an hour unless a unit is named', () => {
  const read = readPolicies({ policies: [{ name: 'x', conditions: { traits: { plan: 'scale' } }, targets: { first_response: { amount: '4' } } }] })
  expect(writePolicies(read)).toEqual({
    policies: [{ name: 'x', conditions: { traits: { plan: ['scale'] } }, targets: { first_response: { amount: 4, unit: 'hour' } }, business_hours: null }],
    paused_by: null,
  })
})

test('what is no amount goes to the desk as it was typed, with a comma as a point', () => {
  const policy = emptyPolicy('x')
  policy.targets.first_response.amount = ' 1,5 '
  policy.targets.next_response.amount = 'soon'
  expect(writePolicy(policy).targets).toEqual({ first_response: { amount: 1.5, unit: 'hour' }, next_response: { amount: 'soon', unit: 'hour' } })
})

test('rows of one trait are one condition, and an empty row is none', () => {
  const row = (name: string, ...values: string[]) => ({ id: name, name, values })
  const policy = { ...emptyPolicy('x'), traits: [row('plan', 'scale'), row(''), row(' plan', 'boost', 'scale'), row('seats')] }
  expect(writePolicy(policy).conditions).toEqual({ traits: { plan: ['scale', 'boost'], seats: [] } })
})

test('the first policy says what pauses, unless the project has said so', () => {
  expect(withPolicy({ policies: [], pausedBy: null }, emptyPolicy()).pausedBy).toEqual(['pending', 'on_hold'])
  expect(withPolicy({ policies: [], pausedBy: [] }, emptyPolicy()).pausedBy).toEqual([])
})

test('a policy goes up and down, and not over the ends', () => {
  const policies = ['a', 'b', 'c'].map((name) => ({ ...emptyPolicy(name), id: name }))
  const names = (id: string, to: number) => moved(policies, id, to).map(({ name }) => name).join('')
  expect([names('a', 1), names('c', 0), names('b', 1), names('a', -1), names('c', 3)]).toEqual(['bac', 'cab', 'abc', 'abc', 'abc'])
})

test('a copy stands right behind, under a name that no other has', () => {
  const form = readPolicies(GIVEN)
  const once = withCopy(form, form.policies[0]!, say)
  const twice = withCopy(once, once.policies[0]!, say)
  expect(twice.policies.map(({ name }) => name)).toEqual(['Slack', 'Slack (copy 2)', 'Slack (copy)', 'All'])
  expect(new Set(twice.policies.map(({ id }) => id)).size).toBe(4)
  expect(writePolicy(twice.policies[1]!).targets).toEqual(GIVEN.policies[0]!.targets)
})

test('those behind a policy for all tickets get none', () => {
  const [slack, all] = readPolicies(GIVEN).policies
  expect(behindAll([slack!, all!])).toBe(null)
  expect(behindAll([all!, slack!])?.behind).toEqual([slack])
})

test('a refusal means the nearest control that there is', () => {
  expect(placesOf('policies[1].targets.first_response.amount')).toEqual([
    'policies[1].targets.first_response.amount', 'policies[1].targets.first_response', 'policies[1].targets', 'policies[1]', 'policies',
  ])
  expect(placesOf('policies[0].conditions.traits.a b.c[3]').slice(0, 3)).toEqual([
    'policies[0].conditions.traits.a b.c[3]', 'policies[0].conditions.traits.a b.c', 'policies[0].conditions.traits.a b',
  ])
  expect(placesOf('')).toEqual([])
  expect([indexOf('policies[12].name'), indexOf('paused_by'), indexOf('policies')]).toEqual([12, null, null])
})

test('holidays are dates in order, each once, as many as the desk takes', () => {
  expect(withHolidays(['2026-12-25'], ['2026-12-24', '2026-12-25', '2026-12-24', 'tomorrow', '2026-13-01'])).toEqual({
    dates: ['2026-12-24', '2026-12-25'], added: 1, left: 0,
  })
  const many = Array.from({ length: 120 }, (_, at) => new Date(Date.UTC(2026, 0, 1 + at)).toISOString().slice(0, 10))
  expect(withHolidays([], many)).toMatchObject({ added: 100, left: 20 })
  expect(withHolidays(many.slice(0, 100), many)).toMatchObject({ added: 0, left: 20 })
})

test('holidays are read by year, and the past ones can go', () => {
  const dates = ['2025-12-25', '2026-01-01', '2026-12-25']
  expect(byYear(dates)).toEqual([['2025', ['2025-12-25']], ['2026', ['2026-01-01', '2026-12-25']]])
  expect(upcoming(dates, '2026-01-01')).toEqual(['2026-01-01', '2026-12-25'])
  expect(without(dates, '2026-01-01')).toEqual(['2025-12-25', '2026-12-25'])
})

test('a removed policy comes back once, at its place', () => {
  const before = ['A', 'B', 'C'].map((name) => emptyPolicy(name))
  const [a, b, c] = before as [Policy, Policy, Policy]
  expect(withBack([a, c], before, b)).toEqual([a, b, c])
  expect(withBack([a, b, c], before, b)).toEqual([a, b, c])
  // All changes were discarded, so the same policies are there anew.
  const anew = ['A', 'B', 'C'].map((name) => emptyPolicy(name))
  expect(withBack(anew, before, b)).toEqual(anew)
})

test('of policies of one name, such as two without any, the removed one comes back', () => {
  const before = [emptyPolicy(), emptyPolicy()]
  const [first, second] = before as [Policy, Policy]
  expect(withBack([second], before, first)).toEqual([first, second])
})
