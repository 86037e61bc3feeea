import { expect, test } from 'vitest'
import type { Status } from '../src/api/types.ts'
import { reasonOf } from '../src/sidebar/reason.ts'
import type { Explained } from '../src/sidebar/sla.ts'

const rule = (applies: boolean) => ({ name: 'Office', applies, unmet: null })
const none: Pick<Explained, 'state' | 'source' | 'policy' | 'metric' | 'policies'> = { state: 'none', source: 'none', policy: null, metric: null, policies: [] }
const said = (given: Partial<typeof none>, status: Status = 'open') => reasonOf({ ...none, ...given }, status)
const office = { source: 'policy' as const, policy: 'Office', policies: [rule(true)] }

test('a deadline’s reason has the page’s words for targets and statuses', () => {
  expect(said({ ...office, state: 'on_track', metric: 'first_response' })).toBe('Policy Office: the first answer is due next.')
  expect(said({ ...office, state: 'breached', metric: 'next_response' })).toBe('Policy Office: the time for the next answer is over, and no pause undoes that.')
  expect(said({ ...office, state: 'paused', metric: 'resolution' }, 'on_hold')).toBe(
    'Policy Office has a target for the resolution. While the ticket is On hold, its clock is paused.',
  )
})

test('a deadline that was set on the ticket says so', () => {
  expect(said({ source: 'explicit', state: 'on_track' })).toBe('The deadline was set on the ticket.')
  expect(said({ source: 'explicit', state: 'at_risk', policies: [rule(true)] })).toContain('wins over policies')
  expect(said({ source: 'explicit', state: 'paused', policies: [rule(false)] }, 'on_hold')).toContain('While the ticket is On hold')
})

test('without a deadline it says what is missing', () => {
  expect(said({}, 'resolved')).toContain('resolved')
  expect(said({})).toContain('no policies')
  expect(said({ policies: [rule(false)] })).toContain('no policy is about this ticket')
  expect(said({ policies: [rule(true)] })).toContain('nothing that the ticket’s policy has a target for is due')
})
