import { api, follow, read } from '../api/client.ts'
import type { Message } from '../api/types.ts'

const PAGE = 200

type State = { is: 'loading' } | { is: 'ready' } | { is: 'failed'; error: unknown }

/** The messages and notes of one ticket, oldest first. */
export class Conversation {
  readonly ticket: string
  readonly #project: number
  isReplying = false
  messages = $state.raw<Message[]>([])
  state = $state.raw<State>({ is: 'loading' })

  constructor(project: number, ticket: string) {
    this.#project = project
    this.ticket = ticket
  }

  /** `created_at` of the newest entry. */
  get lastEntryAt(): string | null {
    return this.messages.at(-1)?.created_at ?? null
  }

  /** Takes what sync brought. */
  arrive(messages: Message[]) {
    const known = new Set(this.messages.map(({ id }) => id))
    this.messages = [...this.messages, ...messages.filter(({ id }) => !known.has(id))]
  }

  async load() {
    try {
      const path = { project_id: this.#project, id: this.ticket }
      const route = '/api/projects/{project_id}/conversations/tickets/{id}/messages'
      let page = await read(api.GET(route, { params: { path, query: { limit: PAGE } } }))
      const messages = [...page.results]
      while (page.next) {
        page = await follow<Message>(page.next)
        messages.push(...page.results)
      }
      this.messages = messages
      this.state = { is: 'ready' }
    } catch (error) {
      this.state = { is: 'failed', error }
    }
  }
}
