import { expect, test } from 'vitest'
import { MAX_PART_BYTES, readAsked, readTold, written, type Asked, type Told } from '../src/player/wire.ts'

const asked: Asked[] = [
  { kind: 'hello' },
  { kind: 'part', bytes: new ArrayBuffer(2) },
  { kind: 'end' },
  { kind: 'seek', at: 1_700_000_000_000 },
  { kind: 'play' },
  { kind: 'pause' },
  { kind: 'speed', speed: 8 },
  { kind: 'skip', isOn: true },
]
const told: Told[] = [
  { kind: 'ready' },
  { kind: 'taken', leftOut: 1, pictures: 2 },
  { kind: 'time', at: 1_700_000_000_000, state: 'playing' },
  { kind: 'broken' },
]

test('what one side writes, the other reads', () => {
  for (const message of asked) expect(readAsked(written(message))).toEqual(message)
  for (const message of told) expect(readTold(written(message))).toEqual(message)
})

test('another version, and what has no version, is not listened to', () => {
  for (const version of [undefined, 0, 2, '1']) {
    for (const message of asked) expect(readAsked({ ...message, lambdesk: version })).toBeNull()
    for (const message of told) expect(readTold({ ...message, lambdesk: version })).toBeNull()
  }
  for (const data of [null, undefined, 'ready', 1, [], [{ lambdesk: 1, kind: 'ready' }]]) {
    expect(readAsked(data)).toBeNull()
    expect(readTold(data)).toBeNull()
  }
})

test('a message with a field of another shape is none', () => {
  const wrong = [
    { kind: 'part', bytes: 'text' },
    { kind: 'part', bytes: new Uint8Array(2) },
    { kind: 'part', bytes: new ArrayBuffer(MAX_PART_BYTES + 1) },
    { kind: 'seek', at: '5' },
    { kind: 'seek', at: NaN },
    { kind: 'seek', at: Infinity },
    { kind: 'speed', speed: 3 },
    { kind: 'skip', isOn: 'yes' },
    { kind: 'navigate', to: 'https://evil.example' },
  ]
  for (const message of wrong) expect(readAsked({ lambdesk: 1, ...message })).toBeNull()
  const wrongTold = [
    { kind: 'taken', leftOut: -1, pictures: 0 },
    { kind: 'taken', leftOut: 0.5, pictures: 0 },
    { kind: 'taken', leftOut: 0 },
    { kind: 'time', at: -1, state: 'playing' },
    { kind: 'time', at: 1, state: 'gone' },
    { kind: 'html', text: '<b>' },
  ]
  for (const message of wrongTold) expect(readTold({ lambdesk: 1, ...message })).toBeNull()
})

test('fields beyond the shape do not come through', () => {
  expect(readTold({ lambdesk: 1, kind: 'ready', html: '<b>' })).toEqual({ kind: 'ready' })
  expect(readAsked({ lambdesk: 1, kind: 'play', at: 5 })).toEqual({ kind: 'play' })
})
