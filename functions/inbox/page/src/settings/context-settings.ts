// What is kept of customers' browser sessions.
import { defaulted } from './defaulted.ts'

const DEFAULTS = {
  context_events: true,
  context_exceptions: true,
  context_url_queries: false,
  context_days: 7 as number | null,
  context_recording: false,
  context_recording_text: 'masked' as 'masked' | 'visible',
  recording_days: 30 as number | null,
}

export const { of: capturedOf, stored: capturedSettings } = defaulted(DEFAULTS)
