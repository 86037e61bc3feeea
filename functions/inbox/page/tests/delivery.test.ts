import { expect, test } from 'vitest'
import type { Delivery } from '../src/api/types.ts'
import { canResend, faultsOf, isToLookAgain, quietOf } from '../src/thread/mail/delivery.ts'

const delivery = (more: Partial<Delivery>): Delivery => ({ channel: 'email', status: 'delivered', detail: null, at: '2026-11-30T12:00:00Z', recipients: [], ...more })
const recipient = (address: string, status: Delivery['status'], detail: string | null = null): Delivery['recipients'][number] => ({ address, kind: 'to', status, detail, at: '2026-11-30T12:00:00Z' })

test('all well is said quietly, and nothing else is said', () => {
  const well = delivery({ recipients: [recipient('ada@example.com', 'delivered')] })
  expect([quietOf(well), faultsOf(well, 'ada@example.com')]).toEqual(['delivered', []])
})

test('whoever it did not reach is named, with the reason that the desk has', () => {
  const torn = delivery({
    recipients: [
      recipient('ada@example.com', 'delivered'),
      recipient('bob@example.com', 'bounced', 'mailbox full'),
    ],
  })
  const faults = faultsOf(torn, 'ada@example.com')
  expect([quietOf(torn), faults, canResend(faults)]).toEqual(['delivered', [{ address: 'bob@example.com', is: 'bounced', why: 'mailbox full' }], true])
})

test('where no recipient says it, the message does', () => {
  const failed = delivery({ status: 'failed', detail: 'the account is suspended' })
  expect(quietOf(failed)).toBeNull()
  expect(faultsOf(failed, 'ada@example.com')).toEqual([{ address: 'ada@example.com', is: 'failed', why: 'the account is suspended' }])
})

test('what was called spam does not go again', () => {
  const complained = delivery({ status: 'complained', recipients: [{ address: 'ada@example.com', kind: 'to', status: 'complained', at: '2026-05-04T08:00:00Z' }] })
  expect(canResend(faultsOf(complained, 'ada@example.com'))).toBe(false)
})

test('a mail on its way is looked after: often at first, then now and then, and no more once it has arrived', () => {
  const at = Date.parse('2026-11-30T12:00:00Z')
  const look = (status: Delivery['status'], afterSeconds: number, lookedSecondsAgo: number) =>
    isToLookAgain([{ delivery: delivery({ status }) }, { delivery: null }, {}], at + afterSeconds * 1_000, at + (afterSeconds - lookedSecondsAgo) * 1_000)
  expect([look('queued', 0, 2), look('queued', 0, 3), look('sent', 18, 3)]).toEqual([false, true, true])
  expect([look('sending', 60, 9), look('sending', 60, 10), look('sent', 600, 29), look('sent', 600, 30), look('sent', 901, 60)]).toEqual([false, true, false, true, false])
  expect([look('delivered', 0, 60), look('bounced', 0, 60), look('skipped', 0, 60)]).toEqual([false, false, false])
  expect(isToLookAgain([], at, 0)).toBe(false)
})
