// A desk's data with as many tickets as a test needs, written at once: over HTTP ten thousand would take minutes.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { SERVER } from '../desk.mjs'

/** The benchmark's program, which `cargo build --workspace` puts beside the server's. */
const BENCH = join(dirname(SERVER), 'lambdesk-bench')

/** Fills a new directory with tickets of the past year, numbered from 1. `remove` takes it away. */
export async function filled(tickets) {
    const directory = await mkdtemp(join(tmpdir(), 'lambdesk-filled-'))
    await promisify(execFile)(BENCH, ['fill', '--sizes', String(tickets), '--data', directory, '--desk', SERVER])
    return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}
