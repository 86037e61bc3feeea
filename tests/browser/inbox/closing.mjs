// What holds at the end of every test, whatever it did.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'

/** No complaint of the browser, no request left open, and the page as it stands accessible in both themes. */
export async function closePage(page) {
    await accessible(page.tab)
    await until('no request is left open', () => page.complaints.open.size === 0)
    await page.tab.close()
    assert.deepEqual(page.complaints.unexpected, [], 'the browser complained of nothing')
}

/** Every event is delivered, and none was set aside. */
export async function closeDesk(desk) {
    await desk.drain()
    assert.deepEqual(await desk.deadLetters(), [], 'no event was set aside')
}
