// A customer writes in the widget, and the agent sees it.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { shop } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
const SECOND = 1_000
const LIST = '/inbox/1?order_by=-updated_at'

/** The ticket that a visitor's message opened. The totals count it: a page whose clock stands still asks for them only once. */
async function openedBy(desk, { json }) {
    await desk.drain()
    return desk.agent.listed(json.ticket_id)
}
const unreadOf = async (desk, id) => (await desk.agent.listed(id)).unread_team_count

/** Reads all tickets, so that the next message is the only unread one. */
async function readAll(desk) {
    for (const { id, unread_team_count: unread } of (await desk.agent.tickets()).results) if (unread > 0) await desk.agent.read(id)
}

/** A page on the list with nothing unread, whose time stands still. */
async function waiting({ desk, open }) {
    await readAll(desk)
    const page = await open(LIST, { clock: true })
    await page.tab.getByRole('grid').or(page.tab.getByRole('heading', { name: 'No tickets yet' })).waitFor()
    await until('nothing is unread', async () => (await page.tab.title()) === 'Lambdesk')
    return page
}

const isNews = (text) => /\bnew\b/i.test(text)

story('a message of the widget is a row within six seconds, and is said once', {}, async (told) => {
    const { desk, browser } = told
    const visitor = await shop(browser, desk)
    const page = await waiting(told)
    await page.stopTime()
    await page.announced()
    const { ticket_number: number } = await openedBy(desk, await visitor.say('Is anybody there?'))
    await page.runFor(6 * SECOND)
    await page.row(number).getByText('Is anybody there?').waitFor()
    await until('the title counts it', async () => (await page.tab.title()) === '(1) Lambdesk')
    await page.resumeTime()
    await page.nextNews()
    assert.deepEqual((await page.announced()).filter(isNews), ['1 new'])
    await visitor.leave()
})

story('a page that was hidden has the row at once when it is shown', {}, async (told) => {
    const { desk, browser } = told
    const visitor = await shop(browser, desk)
    const page = await waiting(told)
    await page.stopTime()
    await page.hide()
    await page.announced()
    let asked = 0
    page.tab.on('request', (request) => (asked += /\/sync\/$/.test(request.url()) ? 1 : 0))
    const { ticket_number: number } = await openedBy(desk, await visitor.say('Hello from behind'))
    await page.runFor(20 * SECOND)
    assert.equal(asked, 0, 'a hidden page asks once a minute')
    assert.equal(await page.row(number).count(), 0)

    // No time passes any more.
    await page.show()
    await page.row(number).waitFor()
    await until('the title counts it', async () => (await page.tab.title()) === '(1) Lambdesk')
    await page.resumeTime()
    await page.nextNews()
    assert.deepEqual((await page.announced()).filter(isNews), ['1 new'])
    await visitor.leave()
})

story('a ticket that was open for half a second is unread, and after two seconds it is read', {}, async (told) => {
    const { desk, browser } = told
    const visitor = await shop(browser, desk)
    const { id, ticket_number: number } = await openedBy(desk, await visitor.say('Read me'))
    await readAll(desk)
    await visitor.say('And me')
    await until('one message is unread', async () => (await unreadOf(desk, id)) === 1)
    const page = await told.open(LIST, { clock: true })
    await page.row(number).waitFor()
    await until('the title counts it', async () => (await page.tab.title()) === '(1) Lambdesk')
    await page.stopTime()
    const reads = []
    page.tab.on('request', (request) => {
        if (request.method() === 'GET' && new URL(request.url()).pathname.endsWith(`/tickets/${id}/`)) reads.push(request.url())
    })

    await page.row(number).click()
    await page.message('And me').waitFor()
    await page.runFor(SECOND / 2)
    await page.press('Escape')
    await page.messages.first().waitFor({ state: 'detached' })
    await page.during('POST', /\/sync\/$/, () => page.runFor(10 * SECOND))
    assert.deepEqual(reads, [], 'nothing marked it as read')
    assert.equal(await unreadOf(desk, id), 1)
    assert.equal(await page.tab.title(), '(1) Lambdesk')
    assert.match(await page.row(number).getAttribute('class'), /\bunread\b/)

    await page.row(number).click()
    await page.message('And me').waitFor()
    await page.runFor(2 * SECOND)
    await until('it is read', async () => (await unreadOf(desk, id)) === 0)
    // The page's clock stands still between its runs, so the totals have to be there before it asks.
    await desk.drain()
    await page.runFor(6 * SECOND)
    await until('nothing is unread', async () => (await page.tab.title()) === 'Lambdesk')
    assert.equal(reads.length, 1)
    assert.doesNotMatch(await page.row(number).getAttribute('class'), /\bunread\b/)
    await page.resumeTime()
    await visitor.leave()
})
