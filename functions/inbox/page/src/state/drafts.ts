// Drafts live in the browser's database, each under who writes it, where and to whom. Only a confirmed send or the agent
// removes one.

export type DraftKind = 'reply' | 'note'
export type DraftPlace = { user: number; project: number; ticket: string; kind: DraftKind }
export type Draft = DraftPlace & {
  text: string
  /** Made with the draft, so that a send that is tried again cannot double. */
  key: string
  savedAt: number
}

const STORE = 'drafts'
const VERSION = 1

const id = ({ user, project, ticket, kind }: DraftPlace) => [user, project, ticket, kind]

export class Drafts {
  #database: Promise<IDBDatabase> | undefined
  readonly #name: string

  constructor(name = 'lambdesk') {
    this.#name = name
  }

  async load(place: DraftPlace): Promise<Draft | undefined> {
    return this.#run('readonly', (store) => store.get(id(place)) as IDBRequest<Draft | undefined>)
  }

  /** A draft without text is no draft. */
  async save(draft: Draft): Promise<void> {
    if (draft.text.trim() === '') return this.remove(draft)
    await this.#run('readwrite', (store) => store.put(draft))
  }

  async remove(place: DraftPlace): Promise<void> {
    await this.#run('readwrite', (store) => store.delete(id(place)))
  }

  /** All that one user has not sent, the newest first. */
  async unsent(user: number, project?: number): Promise<Draft[]> {
    const all = await this.#run('readonly', (store) => store.getAll() as IDBRequest<Draft[]>)
    return all
      .filter((draft) => draft.user === user && (project === undefined || draft.project === project))
      .sort((a, b) => b.savedAt - a.savedAt)
  }

  #open(): Promise<IDBDatabase> {
    return (this.#database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(this.#name, VERSION)
      request.onupgradeneeded = () =>
        request.result.createObjectStore(STORE, { keyPath: ['user', 'project', 'ticket', 'kind'] })
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('no database'))
    }))
  }

  async #run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = (await this.#open()).transaction(STORE, mode)
    return new Promise((resolve, reject) => {
      const request = ask(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error('not kept'))
    })
  }
}

export const drafts = new Drafts()
