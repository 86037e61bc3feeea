import { expect, test } from 'vitest'
import { bodyOf } from '../src/newmail/body.ts'
import { EMPTY, isBlank, keep, kept, keyFor, mailsOf, placeNow } from '../src/newmail/kept.ts'
import { participantsBack } from '../src/state/changes.ts'
import { hasBrowser } from '../src/sidebar/session.ts'
import { regionOf } from '../src/settings/email/addresses.ts'

function storage(first: Record<string, string> = {}) {
  const all = new Map(Object.entries(first))
  return {
    all,
    getItem: (name: string) => all.get(name) ?? null,
    setItem: (name: string, value: string) => void all.set(name, value),
    removeItem: (name: string) => void all.delete(name),
  }
}

test('a mail is kept with the key it was tried under, for one agent in one project', () => {
  const place = storage()
  const mail = { ...EMPTY, to: 'ada@example.com', text: 'Hello' }
  const tried = { request: '{}', key: 'k' }
  keep(7, 1, { mail, tried }, place)
  expect(kept(7, 1, place)).toEqual({ mail, tried })
  expect(kept(7, 2, place)).toEqual({ mail: EMPTY, tried: null })
  keep(7, 1, { mail: { ...EMPTY, from: 'an id', to: ' ' }, tried }, place)
  expect(place.all.size).toBe(0)
})

test('copies and files are kept too, and one of them alone is a mail that is begun', () => {
  const place = storage()
  const file = { key: 'f', name: 'a.txt', size: 1, id: 'an id', at: 5 }
  for (const part of [{ copies: { cc: ['bob@example.com'], bcc: [] } }, { copies: { cc: [], bcc: ['eve@example.com'] } }, { files: [file], place: { draft: 'd', at: 5 } }]) {
    const mail = { ...EMPTY, ...part }
    expect(isBlank(mail)).toBe(false)
    keep(7, 1, { mail, tried: null }, place)
    expect(kept(7, 1, place).mail).toEqual(mail)
  }
})

test('a mail that was begun before it could have copies and files is read', () => {
  const old = JSON.stringify({ mail: { from: '', to: 'ada@example.com', subject: '', text: 'Hello' }, tried: null })
  expect(kept(7, 1, storage({ 'lambdesk.new-mail.7.1': old })).mail).toEqual({ ...EMPTY, to: 'ada@example.com', text: 'Hello' })
})

test('files go where the first one went, for nearly a day', () => {
  const HOUR_MS = 60 * 60_000
  const place = { draft: 'd', at: 0 }
  expect([placeNow(place, 22 * HOUR_MS), placeNow(place, 23 * HOUR_MS), placeNow(null, 0)]).toEqual([place, null, null])
})

test('a request names copies and files only where there are some', () => {
  const mail = { ...EMPTY, to: ' ada@example.com ', text: 'Hello' }
  expect(bodyOf(mail, 'from', null)).toEqual({ recipient_email: 'ada@example.com', email_config_id: 'from', message: 'Hello' })
  const more = { copies: { cc: ['bob@example.com'], bcc: [] }, files: [{ key: 'f', name: 'a.txt', size: 1, id: 'an id', at: 0 }], place: { draft: 'd', at: 0 } }
  expect(bodyOf({ ...mail, ...more }, 'from', null)).toMatchObject({ cc: ['bob@example.com'], attachments: ['an id'], draft: 'd' })
})

test('what another program left in its place is an empty mail', () => {
  for (const text of ['null', '3', '{"mail":{"to":3},"tried":{"key":1}}', '{"mail":{"copies":{"cc":[3],"bcc":3},"files":[{"key":1}],"place":{"draft":"d"}}}', '{', '[]'])
    expect(kept(7, 1, storage({ 'lambdesk.new-mail.7.1': text })), text).toEqual({ mail: EMPTY, tried: null })
  expect(isBlank(EMPTY)).toBe(true)
})

test('an agent’s mails of all projects are found, and nobody else’s', () => {
  const place = storage()
  const mail = { ...EMPTY, text: 'Hello' }
  for (const [user, project] of [[7, 1], [7, 2], [70, 1]] as const) keep(user, project, { mail, tried: null }, place)
  expect(mailsOf(7, [...place.all.keys(), 'lambdesk.preferences'])).toEqual(['lambdesk.new-mail.7.1', 'lambdesk.new-mail.7.2'])
})

test('the same request goes under its key again, another one under a fresh key', () => {
  const tried = { request: 'a', key: 'old' }
  expect([keyFor(tried, 'a', () => 'new'), keyFor(tried, 'b', () => 'new'), keyFor(null, 'a', () => 'new')]).toEqual(['old', 'new', 'new'])
})

test('undoing who takes part leaves alone whoever came or went meanwhile', () => {
  expect(participantsBack(['a', 'b'], ['b'], ['b', 'c'])).toEqual(['b', 'c', 'a'])
  expect(participantsBack(['a'], ['a', 'b'], ['b', 'c'])).toEqual(['c'])
  expect(participantsBack(['a'], [], [])).toEqual(['a'])
})

test('a ticket by mail has a browser behind it only if its customer wrote from one too', () => {
  const ticket = { channel_source: 'email', session_id: null, first_session_id: null } as const
  expect([hasBrowser(ticket), hasBrowser({ ...ticket, session_id: 's' }), hasBrowser({ ...ticket, channel_source: 'api' })]).toEqual([false, true, true])
})

test('the region is read from the host of AWS, and from no other', () => {
  expect(['x1.execute-api.eu-west-1.amazonaws.com', 'abc.lambda-url.us-gov-west-1.on.aws', 'desk.example.com', '127.0.0.1', 'eu-west-1.amazonaws.com.example.org'].map(regionOf)).toEqual(['eu-west-1', 'us-gov-west-1', null, null, null])
})
