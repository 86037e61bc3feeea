// Files on their way to the desk, each from the moment it was chosen until the desk has it. They go on while the agent is at
// another ticket. What the draft keeps of a file is its name; its bytes are kept only here.
import { SvelteMap } from 'svelte/reactivity'
import { send } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { m } from '../messages/mail.ts'
import type { DraftFile } from '../state/drafts.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { chosen } from './files.ts'

/** Where a file goes. `at` is since when the desk keeps it, if that is not now. */
export type Place = { id: string; at?: number; upload: { method: string; url: string; headers?: Record<string, string> } }
export type Announced = { name: string; size: number; content_type: string }
/** Tells the desk of a file to come. */
export type Announce = (file: Announced, signal: AbortSignal) => Promise<Place>
/** What files go with: a draft, or a new mail. */
export type Holder = { readonly files: readonly DraftFile[]; edit: (change: { files: readonly DraftFile[] }) => void; announce: Announce }

/** Those of a ticket's messages. `path` is that of its files. */
export const announceAt =
  (path: string): Announce =>
  (body, signal) =>
    send<Place>({ method: 'POST', path, body, key: crypto.randomUUID(), signal })

export type Upload = { is: 'sending'; share: number } | { is: 'failed'; why: string | null }

class Uploads {
  #all = new SvelteMap<string, Upload>()
  #files = new Map<string, File>()
  #stops = new Map<string, AbortController>()

  /** How a file stands; undefined for one that is not on its way. */
  of(key: string): Upload | undefined {
    return this.#all.get(key)
  }

  /** Whether its bytes are at hand, so that it can be sent again. */
  canRetry = (key: string): boolean => this.#files.has(key)

  /** Takes those that may go with the others, and says of the rest why not. */
  add(holder: Holder, given: Iterable<File>) {
    const { taken, refused } = chosen(holder.files, [...given])
    const added = taken.map((file) => ({ file, entry: { key: crypto.randomUUID(), name: file.name, size: file.size, id: null, at: Date.now() } satisfies DraftFile }))
    if (added.length > 0) holder.edit({ files: [...holder.files, ...added.map(({ entry }) => entry)] })
    for (const { file, entry } of added) {
      this.#files.set(entry.key, file)
      this.retry(holder, entry.key)
    }
    for (const { is, name } of refused) toasts.show(m.refusedFile[is](name))
  }

  retry(holder: Holder, key: string) {
    void this.#send(holder, key)
  }

  /** The file does not go with the message. */
  remove(holder: Holder, key: string) {
    this.forget(key)
    holder.edit({ files: holder.files.filter((file) => file.key !== key) })
  }

  forget(key: string) {
    this.#stops.get(key)?.abort()
    for (const map of [this.#all, this.#files, this.#stops]) map.delete(key)
  }

  async #send(holder: Holder, key: string) {
    const file = this.#files.get(key)
    if (!file || this.#all.get(key)?.is === 'sending') return
    const stop = new AbortController()
    this.#stops.set(key, stop)
    this.#all.set(key, { is: 'sending', share: 0 })
    try {
      const body = { name: file.name, size: file.size, content_type: file.type || 'application/octet-stream' }
      const place = await holder.announce(body, stop.signal)
      await put(place.upload, file, stop.signal, (share) => this.#all.set(key, { is: 'sending', share }))
      const has = (one: DraftFile): DraftFile => (one.key === key ? { ...one, id: place.id, at: place.at ?? Date.now() } : one)
      if (!stop.signal.aborted) holder.edit({ files: holder.files.map(has) })
      if (!stop.signal.aborted) this.forget(key)
    } catch (error) {
      if (stop.signal.aborted) return
      this.#all.set(key, { is: 'failed', why: error instanceof ApiError ? error.message : null })
    }
  }
}

/** Puts the bytes where the desk said. `fetch` does not tell how much of them has gone. */
function put({ method, url, headers = {} }: Place['upload'], file: File, signal: AbortSignal, progress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0)
    request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : reject(new Error(`${request.status}`)))
    request.onerror = request.onabort = () => reject(new Error('not sent'))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

export const uploads = new Uploads()
