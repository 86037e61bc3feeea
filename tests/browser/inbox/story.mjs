// A file of stories: one desk, one browser, and for each story pages of an agent of its own, closed with the closing check.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { browser } from '../chromium.mjs'
import { Desk } from '../desk.mjs'
import { closeDesk, closePage } from './closing.mjs'
import { InboxPage } from './page.mjs'

const SCREENSHOTS = join(import.meta.dirname, '../screenshots')
const STORY_MS = 120_000
const VIEW = { viewport: { width: 1400, height: 900 } }

/**
 * Starts a desk with these flags and returns how a story is told: `story(name, options, tell)`.
 *
 * `options` are `allow` (patterns of complaints that the story expects), `todo` and `timeout` of node's test runner, and what
 * Playwright's newContext takes. `tell` gets `desk`; `open(path, options)`, which opens a page in the story's own browser
 * profile, or with `{ fresh: true }` in another one, and with `{ clock: true }` under a clock of the test's; `browser`; and `t`, the test's context.
 */
export function stories({ flags = [], env = {} } = {}) {
    let desk, chromium
    before(async () => {
        desk = await Desk.start(flags, env)
        chromium = await browser()
    })
    after(async () => {
        await chromium?.close()
        await desk?.stop()
    })

    return (name, { allow, todo, timeout = STORY_MS, ...view }, tell) =>
        test(name, { timeout, ...(todo && { todo }) }, async (t) => {
            const visit = new Visit(chromium, desk, { ...VIEW, ...view }, allow)
            try {
                await tell({ desk, t, browser: chromium, open: (path, options) => visit.open(path, options) })
                for (const page of visit.pages) if (!page.tab.isClosed()) await closePage(page)
                await closeDesk(desk)
            } catch (error) {
                await visit.show(t)
                throw error
            } finally {
                await visit.leave()
            }
        })
}

class Visit {
    constructor(chromium, desk, view, allow) {
        Object.assign(this, { chromium, desk, view, allow })
        this.contexts = []
        this.pages = []
    }

    async open(path, { fresh = false, clock, ...view } = {}) {
        if (fresh || this.contexts.length === 0) this.contexts.push(await this.chromium.newContext({ ...this.view, ...view }))
        const page = await InboxPage.open(this.contexts.at(-1), this.desk, path, { allow: this.allow, clock })
        this.pages.push(page)
        return page
    }

    /** Says how a failed story's pages stand. */
    async show(t) {
        mkdirSync(SCREENSHOTS, { recursive: true })
        for (const [at, { tab, complaints }] of this.pages.entries()) {
            t.diagnostic(`page ${at + 1}: ${complaints.unexpected.join('; ') || 'no complaint'}`)
            const file = `failed ${t.name.replace(/\W+/g, ' ')} ${at + 1}.png`
            await tab.screenshot({ path: join(SCREENSHOTS, file), timeout: 5_000 }).catch(() => {})
        }
    }

    async leave() {
        for (const context of this.contexts) await context.close()
    }
}
