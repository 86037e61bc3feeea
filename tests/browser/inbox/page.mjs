// The inbox page in one tab of an agent's browser, in the words that the agent sees.

import { announced, listenForAnnouncements } from './announced.mjs'
import { Complaints } from './complaints.mjs'

const PATIENCE_MS = 20_000
const SLOWER = Number(process.env.SLOWER ?? 1)

export class InboxPage {
    /**
     * Opens a path of the desk in a new tab. `allow` has patterns of complaints that the test expects; with `clock` the tab's
     * time can be stopped and moved.
     */
    static async open(context, desk, path = '/inbox/1', { allow, clock = false } = {}) {
        const tab = await context.newPage()
        tab.setDefaultTimeout(PATIENCE_MS)
        if (SLOWER > 1) await (await context.newCDPSession(tab)).send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
        const page = new InboxPage(tab, desk, new Complaints(desk.url, allow))
        await page.complaints.listen(tab)
        await listenForAnnouncements(tab)
        if (clock) await tab.clock.install()
        await page.go(path)
        return page
    }

    /** `tab` is Playwright's page. */
    constructor(tab, desk, complaints) {
        Object.assign(this, { tab, desk, complaints })
        this.list = tab.getByRole('grid', { name: 'Tickets' })
        /** The tickets that are in the page now; of a long list those in view. */
        this.rows = this.list.locator('[data-row]')
        this.news = tab.locator('.news')
        this.thread = tab.getByRole('main', { name: 'Conversation' })
        this.messages = this.thread.getByRole('article')
        this.composer = tab.getByRole('textbox', { name: /^(Reply|Note)$/ })
        this.sidebar = tab.getByRole('complementary', { name: 'Details' })
        this.dialog = tab.getByRole('dialog')
        /** What stands over everything: being offline, a new version. */
        this.banner = tab.locator('.page > [role=status]')
    }

    async go(path) {
        await this.tab.goto(this.desk.url + path)
    }

    press(key) {
        return this.tab.keyboard.press(key)
    }

    row(number) {
        return this.rows.filter({ has: this.tab.getByText(`#${number}`, { exact: true }) })
    }

    /** The numbers of the rows in the page, from top to bottom. */
    async numbers() {
        const places = await this.rows.evaluateAll((rows) =>
            rows.map((row) => [row.getBoundingClientRect().top, Number(row.querySelector('.number').textContent.slice(1))]),
        )
        return places.sort(([a], [b]) => a - b).map(([, number]) => number)
    }

    /** The messages whose text has these words. */
    message(words) {
        return this.messages.filter({ hasText: words })
    }

    /** Opens a ticket as its address does, and waits for its messages. */
    async openTicket(number) {
        await this.go(`/inbox/1/t/${number}`)
        await this.messages.first().waitFor()
    }

    /** Turns the composer to `Reply` or `Note`. */
    async write(kind, text) {
        await this.tab.getByRole('tab', { name: kind }).click()
        await this.tab.getByRole('textbox', { name: kind, exact: true }).fill(text)
    }

    button(name) {
        return this.tab.getByRole('button', { name, exact: true })
    }

    /** Does the work, waits until a later request of this method and path is answered, and returns that exchange. */
    async during(method, path, work = () => {}) {
        const matches = (request) => request.method() === method && path.test(new URL(request.url()).pathname)
        const [request] = await Promise.all([this.tab.waitForRequest(matches), work()])
        const response = await request.response()
        await response?.finished()
        return { request, response }
    }

    /** The page's next question for news is answered, and what it said is shown. */
    async nextNews() {
        await this.during('POST', /\/sync\/$/)
        await this.painted()
    }

    /** Time stands still in the tab, a second from now, until it is moved (`runFor`) or goes on. */
    async stopTime() {
        await this.tab.clock.pauseAt(await this.tab.evaluate(() => Date.now() + 1_000))
    }

    /** Lets time pass in the tab, with all that is due in it. */
    runFor(milliseconds) {
        return this.tab.clock.runFor(milliseconds)
    }

    resumeTime() {
        return this.tab.clock.resume()
    }

    /**
     * The tab is covered by another one. Chromium without a window calls every tab visible, so the page is told otherwise.
     * `show` takes that back.
     */
    hide() {
        return this.tab.evaluate(() => {
            Object.defineProperties(document, {
                hidden: { configurable: true, get: () => true },
                visibilityState: { configurable: true, get: () => 'hidden' },
            })
            document.dispatchEvent(new Event('visibilitychange'))
        })
    }

    show() {
        return this.tab.evaluate(() => {
            delete document.hidden
            delete document.visibilityState
            document.dispatchEvent(new Event('visibilitychange'))
        })
    }

    /** What a screen reader said by itself since this was asked last. */
    announced() {
        return announced(this.tab)
    }

    /** What is known now is on the screen. */
    painted() {
        return this.tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))
    }
}
