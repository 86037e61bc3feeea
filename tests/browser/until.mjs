// Waiting for what has no event to wait for.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 100
const PATIENCE_MS = 20_000

/** Asks again until the answer is true, or true-like, and returns it. Fails with what it waited for. */
export async function until(what, holds, patience = PATIENCE_MS) {
    const end = Date.now() + patience
    for (;;) {
        const answer = await holds()
        if (answer) return answer
        if (Date.now() > end) assert.fail(`it never came to this: ${what}`)
        await pause(EVERY_MS)
    }
}
