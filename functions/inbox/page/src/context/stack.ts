// A stack as it is read: the crash site first, the page's own code open, runs of libraries folded. Pure.
import type { SeenFrame } from '../api/types.ts'

export type Run = { is: 'open'; frame: SeenFrame; isCrashSite: boolean } | { is: 'folded'; frames: SeenFrame[] }

/** The crash site is always open, be it in a library. */
export function runsOf(frames: readonly SeenFrame[]): Run[] {
  const runs: Run[] = []
  for (const [at, frame] of frames.entries()) {
    const last = runs.at(-1)
    if (frame.is_own || at === 0) runs.push({ is: 'open', frame, isCrashSite: at === 0 })
    else if (last?.is === 'folded') last.frames.push(frame)
    else runs.push({ is: 'folded', frames: [frame] })
  }
  return runs
}

/** A frame where it lies in the project's sources, if a source map tells; else as it was sent. */
export function inSources(frame: SeenFrame): SeenFrame {
  const { original } = frame
  return original ? { ...frame, ...original, function: original.function ?? frame.function } : frame
}

/** Where a frame is, such as "/app.js:12:5"; the script's host only where it is not the page's own. Null if nothing is known. */
export function placeOf({ file, line, column }: SeenFrame, page: string | null): string | null {
  if (file === null) return null
  const numbers = [line, column].filter((number) => number !== null)
  return [fileOf(file, page), ...numbers].join(':')
}

function fileOf(file: string, page: string | null): string {
  if (!URL.canParse(file) || page === null || !URL.canParse(page)) return file
  const { host, pathname, search } = new URL(file)
  return host !== '' && host === new URL(page).host ? `${pathname}${search}` : file
}
