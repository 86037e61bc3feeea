import { expect, test } from 'vitest'
import { whyNot } from '../src/sidebar/unmet.ts'

const said = (attribute: string, expected: string[], had: unknown, is_unproven = false) => whyNot({ unmet: { attribute, expected, had, is_unproven } })

test('a policy says what the ticket has, and what it is for', () => {
  expect(said('priority', ['high', 'medium'], null)).toBe('It has no priority; the policy is for High or Medium.')
  expect(said('priority', ['high'], 'low')).toBe('Its priority is Low; the policy is for High.')
  expect(said('channel_source', ['slack'], 'api')).toBe('It came by API; the policy is for Slack.')
  expect(said('tags', ['vip'], [])).toBe('It has no tags; the policy is for vip.')
  expect(said('tags', ['vip'], ['a', 'b'])).toBe('It is tagged a and b; the policy is for vip.')
  expect(said('traits.plan', ['enterprise'], 'scale')).toBe('The customer’s plan is scale; the policy is for enterprise.')
  expect(said('traits.seats', ['50'], 12)).toBe('The customer’s seats is 12; the policy is for 50.')
  expect(said('traits.plan', ['enterprise'], null)).toBe('The customer’s plan is not known; the policy is for enterprise.')
})

test('what only a browser said is no proof', () => {
  expect(said('traits.plan', ['enterprise'], 'enterprise', true)).toBe('The customer’s plan is enterprise, but only a browser said so: it is not proved.')
})
