// A desk's data with as many tickets as a test needs, written at once: over HTTP ten thousand would take minutes.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { SERVER } from '../desk.mjs'

/** The benchmark's program, which lies beside the server's. */
const BENCH = join(dirname(SERVER), 'lambdesk-bench')

/** Fills a new directory with tickets of the past year, numbered from 1. `remove` takes it away. */
export async function filled(tickets) {
    assert.ok(existsSync(BENCH), `no ${BENCH}; build it with: cargo build -p lambdesk-local -p lambdesk-bench`)
    const directory = await mkdtemp(join(tmpdir(), 'lambdesk-filled-'))
    await promisify(execFile)(BENCH, ['fill', '--sizes', String(tickets), '--data', directory, '--desk', SERVER])
    return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}
