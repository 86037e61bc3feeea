import { SvelteMap } from 'svelte/reactivity'
import { send, type Sending } from '../api/client.ts'
import { Unreachable } from '../api/errors.ts'
import { judge, type Verdict } from './answers.ts'
import { fitsKeepalive, isLate, type Standing } from './outbox-rules.ts'

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
  /** The agent no longer wants what has not been confirmed yet. */
  dropped?: () => void
  /**
   * Asked before another try, once the network is back or after a try that did not reach the desk. True takes the command out
   * of the outbox: it is sent no more until the agent says so.
   */
  held?: () => boolean
}

type Entry = { command: Command; attempts: number; since: number; timer?: ReturnType<typeof setTimeout> }

/** Sends changes in the order in which they were made, ticket by ticket, and again until an answer comes. */
export class Outbox {
  #lanes = new Map<string, Entry[]>()
  /** How each command that is not confirmed stands, by key. */
  standing = new SvelteMap<string, Standing>()

  put(command: Command) {
    const lane = this.#lanes.get(command.lane) ?? []
    this.#lanes.set(command.lane, lane)
    lane.push({ command, attempts: 0, since: Date.now() })
    this.standing.set(command.key, { is: 'waiting' })
    if (lane.length === 1) this.#next(command.lane)
  }

  /** Takes back a command that is not on its way. Answers how often it was tried; null if it can't be taken back. */
  withdraw(key: string): number | null {
    for (const [name, lane] of this.#lanes) {
      const at = lane.findIndex((entry) => entry.command.key === key)
      const entry = lane[at]
      if (!entry) continue
      if (this.standing.get(key)?.is === 'sending') return null
      clearTimeout(entry.timer)
      lane.splice(at, 1)
      this.standing.delete(key)
      if (at === 0) this.#next(name)
      return entry.attempts
    }
    return null
  }

  /** Sends what waits: after signing in again, or by the agent's word. */
  hurry() {
    for (const [name, entry] of this.#idle()) {
      clearTimeout(entry.timer)
      void this.#send(name, entry)
    }
  }

  /** Changes that have failed for a while; messages say that where they stand. */
  late(now: number): string[] {
    const entries = [...this.#lanes.values()].flat().filter(({ command }) => !command.held)
    return entries.map(({ command }) => command.key).filter((key) => isLate(this.standing.get(key), now))
  }

  /** Gives up what has not been confirmed. It may have come through all the same. */
  drop(key: string) {
    const command = [...this.#lanes.values()].flat().find((entry) => entry.command.key === key)?.command
    if (command && this.withdraw(key) !== null) command.dropped?.()
  }

  /** The network is back. */
  resume() {
    for (const lane of this.#lanes.values())
      for (const { command } of [...lane]) {
        const isIdle = this.standing.get(command.key)?.is !== 'sending'
        if (isIdle && command.held?.()) this.withdraw(command.key)
      }
    this.hurry()
  }

  /**
   * The page is being closed. The first command of each lane is sent at once, by a request that outlives the page, unless its
   * body is too large for that. One that is on its way already goes twice, under one key.
   */
  leave() {
    for (const lane of this.#lanes.values()) {
      const command = lane[0]?.command
      if (!command || !fitsKeepalive(JSON.stringify(command.request.body ?? null))) continue
      void send({ ...command.request, key: command.key, keepalive: true }).catch(() => {})
    }
  }

  /** Sends nothing more: the agent signs out. */
  forget() {
    for (const lane of this.#lanes.values()) for (const { timer } of lane) clearTimeout(timer)
    this.#lanes.clear()
    this.standing.clear()
  }

  #idle(): [string, Entry][] {
    return [...this.#lanes].flatMap(([name, [first]]): [string, Entry][] =>
      first && this.standing.get(first.command.key)?.is !== 'sending' ? [[name, first]] : [],
    )
  }

  #next(name: string) {
    const entry = this.#lanes.get(name)?.[0]
    if (!entry) return void this.#lanes.delete(name)
    if (this.standing.get(entry.command.key)?.is === 'sending') return
    const wait = (entry.command.notBefore ?? 0) - Date.now()
    if (wait > 0) entry.timer = setTimeout(() => void this.#send(name, entry), wait)
    else void this.#send(name, entry)
  }

  #retry(name: string, entry: Entry, wasUnreachable: boolean) {
    if (!wasUnreachable || !entry.command.held?.()) return void this.#send(name, entry)
    this.#leaveLane(name, entry)
    this.#next(name)
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
        entry.timer = setTimeout(() => this.#retry(name, entry, error instanceof Unreachable), verdict.afterMs)
        return
      }
      if (verdict.is === 'signed-out') {
        this.standing.set(command.key, { is: 'signed-out' })
        return
      }
      this.#leaveLane(name, entry)
      command.refused(verdict, error)
    }
    this.#next(name)
  }

  #leaveLane(name: string, entry: Entry) {
    const lane = this.#lanes.get(name)
    const at = lane?.indexOf(entry) ?? -1
    if (at >= 0) lane?.splice(at, 1)
    this.standing.delete(entry.command.key)
  }
}

export const outbox = new Outbox()

/** Follows the network and the page's end. */
export function watchOutbox(target: EventTarget) {
  target.addEventListener('online', () => outbox.resume())
  target.addEventListener('pagehide', () => outbox.leave())
}
