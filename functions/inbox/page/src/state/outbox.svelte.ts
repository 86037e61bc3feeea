import { SvelteMap } from 'svelte/reactivity'
import { send, type Sending } from '../api/client.ts'
import { judge, type Verdict } from './answers.ts'

/** One request that changes something, kept until the desk has confirmed or refused it. */
export type Command = {
  /** Also the `Idempotency-Key`, made when the agent pressed. */
  key: string
  /** Commands of one lane go one after the other, such as all of one ticket. */
  lane: string
  request: Omit<Sending, 'key'>
  /** Not sent before this time, in milliseconds: the while in which it can be undone. */
  notBefore?: number
  done: (answer: unknown) => void
  /** Refused for good; what was shown ahead has to be taken back. */
  refused: (verdict: Exclude<Verdict, { is: 'retry' }>, error: unknown) => void
}

export type Standing = { is: 'waiting' | 'sending' } | { is: 'retrying'; since: number; nextAt: number } | { is: 'signed-out' }

type Entry = { command: Command; attempts: number; since: number; timer?: ReturnType<typeof setTimeout> }

/** Sends changes in the order in which they were made, ticket by ticket, and again until an answer comes. */
class Outbox {
  #lanes = new Map<string, Entry[]>()
  /** How each command that is not confirmed stands, by key. */
  standing = new SvelteMap<string, Standing>()

  put(command: Command) {
    const lane = this.#lanes.get(command.lane) ?? []
    this.#lanes.set(command.lane, lane)
    lane.push({ command, attempts: 0, since: Date.now() })
    this.standing.set(command.key, { is: 'waiting' })
    if (lane.length === 1) this.#schedule(command.lane)
  }

  /** Takes back a command that is not on its way. Answers whether it could be. */
  withdraw(key: string): boolean {
    for (const [name, lane] of this.#lanes) {
      const at = lane.findIndex((entry) => entry.command.key === key)
      const entry = lane[at]
      if (!entry) continue
      if (this.standing.get(key)?.is === 'sending') return false
      clearTimeout(entry.timer)
      lane.splice(at, 1)
      this.standing.delete(key)
      if (at === 0) this.#schedule(name)
      return true
    }
    return false
  }

  /** Sends what waits: after signing in again, when the network is back, or by the agent's word. */
  hurry() {
    for (const [name, lane] of this.#lanes) {
      const first = lane[0]
      if (!first || this.standing.get(first.command.key)?.is === 'sending') continue
      clearTimeout(first.timer)
      void this.#send(name, first)
    }
  }

  /** The page is being closed: the first of each lane goes out at once and outlives the page. */
  leave() {
    for (const lane of this.#lanes.values()) {
      const first = lane[0]
      if (!first || this.standing.get(first.command.key)?.is === 'sending') continue
      void send({ ...first.command.request, key: first.command.key, keepalive: true }).catch(() => {})
    }
  }

  #schedule(name: string) {
    const entry = this.#lanes.get(name)?.[0]
    if (!entry) {
      this.#lanes.delete(name)
      return
    }
    const wait = (entry.command.notBefore ?? 0) - Date.now()
    if (wait > 0) entry.timer = setTimeout(() => void this.#send(name, entry), wait)
    else void this.#send(name, entry)
  }

  async #send(name: string, entry: Entry) {
    const { command } = entry
    this.standing.set(command.key, { is: 'sending' })
    entry.attempts += 1
    try {
      const answer = await send({ ...command.request, key: command.key })
      this.#leaveLane(name, entry)
      command.done(answer)
    } catch (error) {
      const verdict = judge(error, entry.attempts, Math.random())
      if (verdict.is === 'retry') {
        const nextAt = Date.now() + verdict.afterMs
        this.standing.set(command.key, { is: 'retrying', since: entry.since, nextAt })
        entry.timer = setTimeout(() => void this.#send(name, entry), verdict.afterMs)
        return
      }
      if (verdict.is === 'signed-out') {
        this.standing.set(command.key, { is: 'signed-out' })
        return
      }
      this.#leaveLane(name, entry)
      command.refused(verdict, error)
    }
    this.#schedule(name)
  }

  #leaveLane(name: string, entry: Entry) {
    this.#lanes.get(name)?.shift()
    this.standing.delete(entry.command.key)
  }
}

export const outbox = new Outbox()
addEventListener('online', () => outbox.hurry())
