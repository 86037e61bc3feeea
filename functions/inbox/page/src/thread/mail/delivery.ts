// How a message's way by mail is said: quietly while all is well, plainly when it is not. Pure.
import type { Delivery, DeliveryStatus, Message } from '../../api/types.ts'

export type Trouble = 'bounced' | 'complained' | 'failed'
export type Fault = { address: string; is: Trouble; why: string | null }

const isTrouble = (status: DeliveryStatus): status is Trouble => status === 'bounced' || status === 'complained' || status === 'failed'

/** Whom it did not reach, and why. Where no recipient says it, the requester's own state does. */
export function faultsOf({ status, detail, recipients }: Delivery, requester: string): Fault[] {
  const faults = recipients.flatMap((one): Fault[] => (isTrouble(one.status) ? [{ address: one.address, is: one.status, why: one.detail ?? detail ?? null }] : []))
  return faults.length === 0 && isTrouble(status) ? [{ address: requester, is: status, why: detail ?? null }] : faults
}

/** A mail that did not arrive can go again; one that was called spam should not. */
export const canResend = (faults: readonly Fault[]): boolean => faults.some(({ is }) => is === 'bounced' || is === 'failed')

/** What is said quietly: nothing where the faults say all. */
export const quietOf = ({ status }: Delivery): DeliveryStatus | null => (isTrouble(status) ? null : status)

const MINUTE_MS = 60_000
const LOOKS_FOR_MS = 15 * MINUTE_MS
const [SOONEST_MS, LATEST_MS] = [3_000, 30_000]
const PART_OF_AGE = 6

/**
 * Whether to ask what became of the messages on their way. What changes of a delivery changes nothing of its ticket, so no news
 * tell of it. One request asks for all of them. The first seconds tell most, so the older the youngest is, the longer the page
 * waits: 3 seconds at first, 10 after a minute, 30 after three, and it stops after 15 minutes or once all have arrived.
 */
export function isToLookAgain(messages: readonly Pick<Message, 'delivery'>[], now: number, lookedAt: number): boolean {
  const ages = messages.flatMap(({ delivery }) => (delivery && ['queued', 'sending', 'sent'].includes(delivery.status) ? [now - Date.parse(delivery.at)] : []))
  const youngest = Math.min(...ages)
  const pause = Math.min(LATEST_MS, Math.max(SOONEST_MS, youngest / PART_OF_AGE))
  return youngest < LOOKS_FOR_MS && now - lookedAt >= pause
}
