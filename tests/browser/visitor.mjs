// A visitor: a fresh browser profile, one page with the widget, and a record of every request of that page.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const SCREENSHOTS = join(import.meta.dirname, 'screenshots')
mkdirSync(SCREENSHOTS, { recursive: true })
/** The widget polls every 5 s while open, and every 15 s while closed. This is twice that, for a busy machine. */
const PATIENCE_MS = 30_000

export const WIDGET = '/api/conversations/v1/widget/'
export const GREETING = 'Hey, how can I help you today?'
/** What the desk answers to a recording until it has heard of its ticket. posthog-js sends it again (docs/capture.md). */
const TOO_EARLY = [/^answer: 503 POST \S+\/s\/(\?\S*)?$/, /^console: .* status of 503 .*\/s\/(\?\S*)?\)$/]

export class Visitor {
    /** `options` go to posthog.init. `allow` has patterns of failed answers and console errors that the test expects. */
    static async arrive(browser, { desk, url, options = {}, allow = [] }) {
        const context = await browser.newContext({ viewport: { width: 900, height: 720 } })
        await context.addInitScript((options) => (window.visitorOptions = options), options)
        const page = await context.newPage()
        page.setDefaultTimeout(PATIENCE_MS)
        const visitor = new Visitor(context, page, desk, new URL(url).origin, allow)
        await visitor.record()
        await page.goto(url)
        return visitor
    }

    constructor(context, page, desk, origin, allow) {
        Object.assign(this, { context, page, desk, origin, allow })
        this.widget = page.locator('#ph-conversations-widget-container')
        this.launcher = this.widget.getByRole('button', { name: /^Open chat/ })
        this.input = this.widget.locator('textarea')
        this.answers = []
        this.preflights = []
        this.troubles = []
        this.hosts = new Set()
        this.reading = []
        this.leaving = false
        this.pagesLeft = 0
    }

    async record() {
        const { page } = this
        page.on('request', (request) => {
            const url = new URL(request.url())
            if (url.protocol.startsWith('http')) this.hosts.add(url.origin)
        })
        page.on('requestfailed', (request) => {
            const { errorText } = request.failure()
            if (this.leaving && errorText === 'net::ERR_ABORTED') return
            this.troubles.push(`failed: ${request.method()} ${request.url()} ${errorText}`)
        })
        page.on('response', (response) => this.reading.push(this.answered(response)))
        page.on('console', (line) => {
            if (line.type() === 'error') this.troubles.push(`console: ${line.text()} (${line.location().url})`)
        })
        page.on('pageerror', (error) => this.troubles.push(`page error: ${error.stack}`))
        // Playwright's own events do not include preflights.
        const session = await this.context.newCDPSession(page)
        const asked = new Map()
        session.on('Network.requestWillBeSent', ({ requestId, request }) => {
            if (request.method !== 'OPTIONS') return
            const preflight = { url: request.url, headers: lowercase(request.headers) }
            asked.set(requestId, preflight)
            this.preflights.push(preflight)
        })
        session.on('Network.responseReceived', ({ requestId, response }) => {
            const preflight = asked.get(requestId)
            if (!preflight) return
            preflight.status = response.status
            if (Math.floor(response.status / 100) !== 2) this.troubles.push(`preflight: ${response.status} ${preflight.url}`)
        })
        await session.send('Network.enable')
    }

    async answered(response) {
        const request = response.request()
        const url = new URL(response.url())
        const answer = { method: request.method(), path: url.pathname, status: response.status() }
        this.answers.push(answer)
        if (answer.status >= 400) this.troubles.push(`answer: ${answer.status} ${answer.method} ${url.origin}${answer.path}`)
        if (url.origin !== this.desk || !answer.path.startsWith('/api/')) return
        // The bodies of a page's last answers are gone once it is left, and that may be told when the next page is there.
        const { pagesLeft } = this
        answer.body = await response.text().catch((error) => {
            if (!this.leaving && pagesLeft === this.pagesLeft) this.troubles.push(`unread: ${answer.method} ${answer.path} ${error.message}`)
            return ''
        })
    }

    /** Does the work, waits until a later call with this method and path is answered, and returns that exchange. */
    async during(method, path, work = () => {}) {
        const matches = (url, request) => url.pathname.startsWith(WIDGET + path) && request.method() === method
        const asked = this.page.waitForRequest((request) => matches(new URL(request.url()), request))
        const [request] = await Promise.all([asked, work()])
        const response = await request.response()
        assert.ok(response, `${method} ${request.url()} was answered`)
        await response.finished()
        return { status: response.status(), json: JSON.parse(await response.text()), sent: request.postDataJSON() }
    }

    /** Waits for the widget's next poll. A second one shows that no message is delivered twice. */
    nextPoll(path = 'messages/') {
        return this.during('GET', path)
    }

    async open() {
        await this.launcher.click()
        await this.widget.getByRole('button', { name: 'Close' }).waitFor()
    }

    async close() {
        await this.widget.getByRole('button', { name: 'Close' }).click()
        await this.launcher.waitFor()
    }

    /** Types the text, presses Enter, and returns the exchange. */
    async say(text) {
        await this.input.fill(text)
        return this.during('POST', 'message', () => this.input.press('Enter'))
    }

    bubble(text) {
        return this.widget.getByText(text, { exact: true })
    }

    async sees(text) {
        await this.bubble(text).first().waitFor()
        await this.seesOnce(text)
    }

    async seesOnce(text) {
        assert.equal(await this.bubble(text).count(), 1, `"${text}" shows once`)
    }

    async seesNot(text) {
        assert.equal(await this.bubble(text).count(), 0, `"${text}" does not show`)
    }

    /** The entries of the list of conversations. */
    entries() {
        return this.widget.locator('div[role="button"]')
    }

    async back() {
        const button = this.widget.getByRole('button', { name: 'Back to conversations' })
        await this.during('GET', 'tickets', () => button.click())
    }

    reload() {
        return this.turn(() => this.page.reload())
    }

    /** Follows a link to a page of the same site. */
    follow(link) {
        return this.turn(() => this.page.goto(link))
    }

    /** Leaves the page for another. */
    async turn(go) {
        await this.settle()
        this.leaving = true
        await go()
        this.leaving = false
        this.pagesLeft += 1
        await this.widget.waitFor({ state: 'attached' })
    }

    async settle() {
        while (this.reading.length) await Promise.all(this.reading.splice(0))
    }

    async photo(name) {
        await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' })
    }

    /** Ends the visit. The test fails if anything went wrong that `allow` does not name. */
    async leave() {
        await this.settle()
        this.leaving = true
        await this.context.close()
        const allowed = [...TOO_EARLY, ...this.allow]
        const unexpected = this.troubles.filter((trouble) => !allowed.some((pattern) => pattern.test(trouble)))
        assert.deepEqual(unexpected, [], 'nothing went wrong in the page')
        const strangers = [...this.hosts].filter((host) => host !== this.desk && host !== this.origin)
        assert.deepEqual(strangers, [], 'no other host was asked')
    }
}

function lowercase(headers) {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
