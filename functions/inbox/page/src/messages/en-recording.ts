// The words in English of the recording, which are fetched with it.
import type { MarkKind } from '../context/recording/timeline.ts'
import { plural } from './plural.ts'

const count = new Intl.NumberFormat('en')
const many = plural('en')

export const enRecording = {
  label: 'Recording',
  failed: 'The recording could not be loaded.',
  warning: 'This ticket is marked as having disturbing content.',
  showAnyway: 'Show the recording',
  unreachable: 'The player did not answer. It is on an address of its own, which may be blocked.',
  broken: 'The player could not show this recording.',
  again: 'Try again',
  frame: 'The customer’s page, as it was recorded',
  loading: 'Loading the recording',
  play: 'Play',
  pause: 'Pause',
  position: 'Position',
  at: (at: string, of: string) => `${at} of ${of}`,
  relative: (span: string, isBefore: boolean) => (isBefore ? `${span} before the message` : `${span} after the message`),
  atMessage: 'at the message',
  before: 'Mark before',
  after: 'Mark after',
  speed: 'Speed',
  times: (speed: number) => `${speed}×`,
  skip: 'Skip quiet stretches',
  full: 'Full screen',
  tab: 'Tab',
  tabOf: (n: number) => `Tab ${count.format(n)}`,
  marks: (n: number) => many(n, { one: '1 mark', other: `${count.format(n)} marks` }),
  kinds: { page: 'Page', error: 'Error', message: 'Message' } satisfies Record<MarkKind, string>,
  message: 'The customer wrote',
  missing: {
    desk: (n: number) => many(n, { one: '1 event was too large to be kept.', other: `${count.format(n)} events were too large or too many to be kept.` }),
    parts: (n: number) => many(n, { one: '1 part could not be loaded.', other: `${count.format(n)} parts could not be loaded.` }),
    events: (n: number) => many(n, { one: '1 event can’t be shown.', other: `${count.format(n)} events can’t be shown.` }),
    pictures: (n: number) => many(n, { one: '1 picture or font of the customer’s site is left out.', other: `${count.format(n)} pictures or fonts of the customer’s site are left out.` }),
  },
  pictures: 'Load pictures',
  picturesText: 'They come from the customer’s site, which can see that somebody looks.',
  noPictures: 'Leave pictures out',
}

export type RecordingMessages = typeof enRecording
