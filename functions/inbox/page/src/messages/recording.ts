import { enRecording, type RecordingMessages } from './en-recording.ts'

/** The words of the recording in the agent's language. */
export const r: RecordingMessages = enRecording
