// Several tabs of one agent cost as one, and a new version of the desk never takes the page away.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const isSync = (request) => request.method() === 'POST' && /\/sync\/$/.test(new URL(request.url()).pathname)
/** More than two intervals of a page that is used. */
const WATCHED_MS = 12_000

/** Counts what the page would show, in the place of the browser's own, which nobody sees here. */
function countNotifications() {
    window.notified = []
    window.Notification = class extends EventTarget {
        static permission = 'granted'
        static requestPermission = async () => 'granted'
        constructor(title) {
            super()
            window.notified.push(title)
        }
        close() {}
    }
}

/** The tab is behind another one. Playwright shows every tab as if it were in front. */
const hide = ({ tab }) =>
    tab.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
        document.dispatchEvent(new Event('visibilitychange'))
    })

/** The tab is in front, and has the focus. */
const look = ({ tab }) =>
    tab.evaluate(() => {
        delete document.hidden
        delete document.visibilityState
        document.dispatchEvent(new Event('visibilitychange'))
        window.dispatchEvent(new Event('focus'))
    })

story('of three tabs one asks, all show what is new, and one notifies', { permissions: ['notifications'] }, async ({ open, desk }) => {
    const ada = new Customer(desk, 'Ada')
    await ada.says('Hello?')
    const pages = []
    for (let tab = 0; tab < 3; tab += 1) {
        const page = await open('/inbox/1')
        await page.tab.addInitScript(countNotifications)
        await page.tab.reload()
        await page.rows.first().waitFor()
        pages.push(page)
    }
    const [first, ...others] = pages
    await first.press('Control+k')
    await first.tab.getByRole('combobox').fill('Preferences')
    await first.press('Enter')
    await first.dialog.getByRole('tab', { name: 'Notifications' }).click()
    await first.dialog.getByRole('checkbox', { name: 'Notifications of the browser' }).check()
    await first.press('Escape')
    await first.dialog.waitFor({ state: 'detached' })
    for (const { tab } of pages) {
        await tab.reload()
        await tab.getByRole('grid', { name: 'Tickets' }).waitFor()
    }
    for (const page of others) await hide(page)
    await Promise.all([first.nextNews(), look(first)])

    // Time is the point here: over more than two intervals only one tab asks.
    const asked = pages.map(() => 0)
    pages.forEach(({ tab }, at) => tab.on('request', (request) => isSync(request) && (asked[at] += 1)))
    await pause(WATCHED_MS)
    assert.ok(asked[0] >= 2 && asked[0] <= 4, `the tab in view asked ${asked[0]} times in ${WATCHED_MS} ms`)
    assert.deepEqual(asked.slice(1), [0, 0], 'the others asked nothing')

    const zora = new Customer(desk, 'Zora')
    const id = await zora.says('Is anybody there?')
    const { ticket_number: number } = await desk.agent.listed(id)
    for (const page of pages) await page.row(number).waitFor()
    assert.deepEqual(asked.slice(1), [0, 0], 'the others were told')
    const notified = async () => (await Promise.all(pages.map(({ tab }) => tab.evaluate(() => window.notified)))).flat()
    await until('somebody is notified', async () => (await notified()).length > 0)
    for (const page of pages) await page.painted()
    assert.deepEqual(await notified(), ['New ticket from Zora'])

    // The tab that is looked at next is the one that asks.
    const [second] = others
    await hide(first)
    await Promise.all([second.nextNews(), look(second)])
})

story('a new build says so, and reloads nothing while a draft is open', {}, async ({ open, desk }) => {
    const { ticket_number: number } = await desk.agent.file('What is new?', { status: 'open' })
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.write('Reply', 'Half a sentence')
    await page.nextNews()
    await page.tab.evaluate(() => (window.isTheSame = true))

    await page.tab.route(/\/sync\/$/, async (route) => {
        const response = await route.fetch()
        const answer = await response.json()
        await route.fulfill({ response, json: { ...answer, build: `${answer.build}-next` } })
    })
    await page.nextNews()
    await page.tab.getByText('The desk has a new version.').waitFor()
    await page.nextNews()
    assert.equal(await page.tab.evaluate(() => window.isTheSame), true, 'the page was not loaded again')
    assert.equal(await page.composer.inputValue(), 'Half a sentence')
    await page.tab.unroute(/\/sync\/$/)
    await page.button('Reload').click()
    await page.messages.first().waitFor()
    await until('the draft is back', async () => (await page.composer.inputValue()) === 'Half a sentence')
    assert.equal(await page.tab.evaluate(() => window.isTheSame), undefined)
})
