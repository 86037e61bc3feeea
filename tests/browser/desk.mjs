// A lambdesk-local of a test's own, on a free port, with its data in memory, or in a directory that the test has filled.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Agent } from './agent.mjs'

export const SERVER = resolve(process.env.LAMBDESK_LOCAL ?? join(import.meta.dirname, '../../target/debug/lambdesk-local'))
const START_MS = 60_000
/** A demo tells its story first, which takes a busy machine a while. */
const DEMO_START_MS = 300_000
const STOP_MS = 15_000
/** `/_local/drain` gives up after 10 s; a burst of thousands of events takes longer on a busy machine. */
const DRAINS = 6

const running = new Set()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

export class Desk {
    /** `flags` are those of `lambdesk-local --help`, such as `--demo` or `--data`; `env` is laid over the environment. */
    static async start(flags = [], env = {}) {
        const memory = flags.includes('--data') ? [] : ['--memory']
        const child = spawn(SERVER, ['--port', '0', ...memory, ...flags], {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, ...env },
        })
        running.add(child)
        child.once('exit', () => running.delete(child))
        return new Desk(child, await address(child, flags.includes('--demo') ? DEMO_START_MS : START_MS))
    }

    constructor(child, url) {
        this.child = child
        this.url = url
        this.agent = new Agent(url)
    }

    /** Runs the clock once: deadlines, snoozes, renewals. */
    async tick() {
        return this.#local('POST', 'tick')
    }

    /** Returns once every event is delivered and every workflow it set off has run. */
    async drain() {
        for (let tries = 1; ; tries += 1) {
            const response = await fetch(`${this.url}/_local/drain`, { method: 'POST' })
            const text = await response.text()
            if (response.ok) return
            if (tries === DRAINS) assert.fail(`events were left: ${text}`)
        }
    }

    /** The public events of a project, oldest first. */
    async events(project = 1) {
        await this.drain()
        return (await this.#local('GET', `events?project_id=${project}`)).results
    }

    async deadLetters() {
        return (await this.#local('GET', 'dead_letters')).results
    }

    /** Fails if the desk ended by itself, or does not end when it is asked to. */
    async stop() {
        const { child } = this
        const ended = child.exitCode ?? child.signalCode
        assert.equal(ended, null, `the desk ended by itself with ${ended}`)
        const exit = once(child, 'exit')
        child.kill('SIGTERM')
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
        const [status, signal] = await exit
        clearTimeout(late)
        assert.equal(status, 0, `the desk answered SIGTERM with ${status ?? signal} instead of exit 0`)
    }

    async #local(method, path) {
        const response = await fetch(`${this.url}/_local/${path}`, { method })
        assert.equal(response.status, 200, `${method} /_local/${path}`)
        return response.json()
    }
}

/** The URL in the first line that names it. The lines after it are ignored. */
async function address(child, patience) {
    const lines = createInterface({ input: child.stdout })
    const late = setTimeout(() => child.kill('SIGKILL'), patience)
    const gone = once(child, 'exit').then(([status]) => {
        throw new Error(`${SERVER} ended with ${status} before it listened`)
    })
    gone.catch(() => {})
    const listening = new Promise((found) => {
        lines.on('line', (line) => {
            const said = /^Lambdesk is listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)
            if (said) found(said[1])
        })
    })
    const url = await Promise.race([listening, gone])
    clearTimeout(late)
    return url
}
