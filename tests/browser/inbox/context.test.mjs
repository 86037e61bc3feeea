// What the customer saw stands beside the ticket: events and errors, why there are none, and nothing of it before it is asked for.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { Customer, shop } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const CONVERSATIONS = '/api/projects/1/conversations/'
const CONTEXT = /\/tickets\/[\w-]+\/context\/$/

/** A browser session of a customer, that sends what the SDK would. */
class Session {
    constructor(desk, customer) {
        Object.assign(this, { desk, customer, id: randomUUID() })
    }

    async sends(...events) {
        const batch = events.map(({ event, at = Date.now(), distinct_id = this.customer.distinctId, ...properties }) => ({
            uuid: randomUUID(), event, timestamp: new Date(at).toISOString(),
            properties: { $session_id: this.id, $window_id: 'w', $current_url: 'https://shop.example/cart?secret=1', distinct_id, ...properties },
        }))
        const response = await fetch(`${this.desk.url}/i/v0/e/`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ api_key: 'phc_local', batch, sent_at: new Date().toISOString() }),
        })
        assert.equal(response.status, 200, await response.text())
    }

    /** The customer writes in this session. Returns the ticket. */
    async says(message) {
        this.customer.browserSession = this.id
        const id = await this.customer.says(message)
        return this.desk.agent.listed(id)
    }
}

const session = (desk, name) => new Session(desk, new Customer(desk, name))

/** An exception as the SDK sends it: of each cause's frames, the crash site is the last. */
const thrown = (causes) => ({
    event: '$exception',
    $exception_list: causes.map(({ type, value, frames = [] }) => ({
        type, value, mechanism: { handled: false },
        stacktrace: { type: 'raw', frames: frames.map(([name, own = true]) => ({ filename: 'https://shop.example/app.js', function: name, lineno: 3, colno: 7, in_app: own })) },
    })),
})

const panel = (page, name) => page.tab.locator(`[data-panel=${name}]`)
const head = (page, name) => panel(page, name).locator('h5').getByRole('button')
const lines = (page, name) => panel(page, name).locator('li > details > summary')

/** How often the page has asked for what customers saw. */
function askedOf(page) {
    const asked = []
    page.tab.on('request', (request) => {
        const { pathname } = new URL(request.url())
        if (CONTEXT.test(pathname) || pathname.includes('/recording/')) asked.push(pathname)
    })
    return asked
}

story('the customer clicks, it breaks, they write: the agent sees the click and the stack, the crash site first', {}, async ({ open, desk, browser }) => {
    const visitor = await shop(browser, desk, { allow: [/The order has no price/] })
    const { page: site } = visitor
    await visitor.close()
    await site.getByRole('button', { name: 'Add to basket' }).first().click()
    await site.getByText('1 in your basket').waitFor()
    await site.getByRole('button', { name: 'Check out' }).click()
    await visitor.open()
    const { json } = await visitor.say('I cannot pay')
    await until('the desk has what was sent', async () => {
        const { json: seen } = await desk.agent.call('GET', `${CONVERSATIONS}tickets/${json.ticket_id}/context/`)
        return seen.errors.results.length > 0 && seen.events.results.some(({ event }) => event === 'added to basket')
    })
    const { ticket_number: number } = await desk.agent.listed(json.ticket_id)

    const page = await open('/inbox/1')
    const asked = askedOf(page)
    await page.openTicket(number)
    await page.sidebar.getByText('From the visitor’s browser, not verified').waitFor()
    await head(page, 'events').waitFor()
    assert.deepEqual(asked, [], 'nothing comes with the ticket')

    await page.press('Shift+V')
    const added = lines(page, 'events').filter({ hasText: 'added to basket' })
    await added.waitFor()
    assert.match(await added.innerText(), /^−?\d+:\d\d\n.* the message\nadded to basket\n\/demo$/)
    assert.equal(await head(page, 'events').evaluate((button) => button === document.activeElement), true, 'the key leads to the panel')
    await added.click()
    const properties = panel(page, 'events').locator('li', { hasText: 'added to basket' }).locator('dl')
    assert.match(await properties.innerText(), /item\s+The Daily, A5\s+items\s+1\s+price\s+24/)
    assert.equal(await panel(page, 'events').getByText('The message', { exact: true }).count(), 1)
    await panel(page, 'events').getByRole('searchbox').fill('checkout')
    await until('only what was looked for is left', async () => (await lines(page, 'events').count()) === 1)
    assert.match(await lines(page, 'events').innerText(), /checkout started/)

    await head(page, 'errors').press('Shift+X')
    const error = lines(page, 'errors').filter({ hasText: 'The order has no price' })
    await error.waitFor()
    assert.equal(asked.length, 1, 'events and errors come together')
    await error.click()
    const stacks = panel(page, 'errors').getByRole('list', { name: 'Stack, the crash site first' })
    const [stack, ofCause] = [stacks.nth(0), stacks.nth(1)]
    await ofCause.waitFor()
    const names = (list) => list.locator('.name').evaluateAll((all) => all.map((name) => name.textContent.trim()))
    assert.deepEqual((await names(stack)).slice(0, 2), ['priceOfOrder', 'HTMLButtonElement.checkOut'])
    assert.equal((await names(ofCause))[0], 'deliveryTo')
    assert.match(await stack.locator('li').first().innerText(), /\/demo:\d+:\d+$/)
    const content = await panel(page, 'errors').innerText()
    assert.match(content, /No, nothing caught it/)
    assert.match(content, /Caused by TypeError/)

    await page.tab.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.button('Copy as Markdown').click()
    await page.button('Copied').waitFor()
    const copied = await page.tab.evaluate(() => navigator.clipboard.readText())
    assert.match(copied, /^### ` Error: The order has no price `\n/)
    assert.match(copied, /\n {4}at priceOfOrder \(.*\/demo:\d+:\d+\)\n[^]*\nCaused by: TypeError: .*\n {4}at deliveryTo /)
    assert.ok(copied.includes(`/inbox/1/t/${number}?panel=errors`))
    await visitor.leave()
})

story('a ticket without a session says why, and off says where it is switched on', {}, async ({ open, desk }) => {
    const { agent } = desk
    const { ticket_number: filed } = await agent.file('By phone')
    const ada = session(desk, 'Ada')
    await ada.sends({ event: 'looked' })
    const { ticket_number: written } = await ada.says('Nothing works')
    const page = await open('/inbox/1')
    await page.openTicket(filed)
    await page.press('Shift+X')
    await panel(page, 'errors').getByText('The team filed it, or it came by the API. It has no browser session.').waitFor()
    await page.press('v')
    await panel(page, 'recording').getByText('It has no browser session.').waitFor()
    await accessible(page.tab)

    await agent.withSettings({ context_exceptions: false }, async () => {
        await page.go(`/inbox/1/t/${written}?panel=errors`)
        await panel(page, 'errors').getByText('This project keeps no errors.').waitFor()
        await accessible(page.tab)
        await page.press('Shift+V')
        await lines(page, 'events').filter({ hasText: 'looked' }).waitFor()
        await panel(page, 'errors').getByRole('link', { name: 'Change it in the settings' }).click()
        await page.tab.getByRole('heading', { name: 'What customers saw' }).waitFor()
    })
})

story('what is still on its way is asked for again', {}, async ({ open, desk }) => {
    const ben = session(desk, 'Ben')
    const { ticket_number: number } = await ben.says('It just broke')
    const page = await open('/inbox/1', { clock: true })
    await page.openTicket(number)
    const asked = askedOf(page)
    await page.stopTime()
    await page.during('GET', CONTEXT, () => page.press('Shift+V'))
    await panel(page, 'events').getByText('This may still be on its way.').waitFor()
    await ben.sends({ event: 'came late' })
    await page.runFor(4_900)
    assert.equal(asked.length, 1)
    await page.during('GET', CONTEXT, () => page.runFor(200))
    await lines(page, 'events').filter({ hasText: 'came late' }).waitFor()
    await page.resumeTime()
})

story('what is no longer kept says since when, and what was never kept says nothing of a time', {}, async ({ open, desk }) => {
    const finn = session(desk, 'Finn')
    const { ticket_number: number } = await finn.says('Last month it broke')
    const page = await open('/inbox/1')
    let when = '2026-01-02T03:04:05Z'
    await page.tab.route(CONTEXT, async (route) => {
        const { json } = await desk.agent.call('GET', new URL(route.request().url()).pathname)
        const gone = { results: [], state: 'expired', expired_at: when, left_out: 0 }
        await route.fulfill({ json: { ...json, events: gone, errors: gone } })
    })
    await page.openTicket(number)
    await page.press('Shift+V')
    await panel(page, 'events').getByText(/^Events of that time are no longer kept since .+\./).waitFor()
    await page.press('Shift+X')
    await panel(page, 'errors').getByText(/^Errors of that time are no longer kept since .+\./).waitFor()
    await accessible(page.tab)
    when = null
    await page.openTicket(number)
    await page.press('Shift+V')
    await panel(page, 'events').getByText('Events are no longer kept.', { exact: true }).waitFor()
    await page.press('Shift+X')
    await panel(page, 'errors').getByText('Errors are no longer kept.', { exact: true }).waitFor()
})

story('hostile words are text, another visitor’s events are marked, and an error that comes again only counts', {}, async ({ open, desk }) => {
    const eve = session(desk, 'Eve')
    const image = '<img src=x onerror=window.hit=1>'
    const error = thrown([
        { type: image, value: '"><svg onload=window.hit=1> ``` @all', frames: [['lib', false], ['outer', false], [image]] },
        { type: 'Error', value: 'javascript:window.hit=1', frames: [['inner']] },
    ])
    await eve.sends({ event: image, [image]: image, $current_url: 'javascript:window.hit=1' }, { event: 'not mine', distinct_id: 'somebody' })
    for (let n = 0; n < 3; n += 1) await eve.sends(error)
    const { ticket_number: number } = await eve.says('Look at this')
    const page = await open(`/inbox/1/t/${number}?panel=events`)
    await lines(page, 'events').filter({ hasText: image }).click()
    await panel(page, 'events').locator('dd', { hasText: image }).first().waitFor()
    await lines(page, 'events').filter({ hasText: 'not mine' }).getByText('Another visitor').waitFor()
    await page.press('Shift+X')
    const line = lines(page, 'errors').filter({ hasText: image })
    await line.getByText('3×').waitFor()
    await line.click()
    await panel(page, 'errors').getByText('javascript:window.hit=1', { exact: true }).waitFor()
    await panel(page, 'errors').locator('.crash').filter({ hasText: image }).waitFor()
    await panel(page, 'errors').getByText('2 frames of libraries').click()
    await panel(page, 'errors').getByText('outer', { exact: true }).waitFor()
    const found = await page.tab.evaluate(() => [window.hit, document.querySelectorAll('[onerror], [onload]').length, document.querySelectorAll('[data-panel] a').length])
    assert.deepEqual(found, [undefined, 0, 0], 'nothing of it is more than text')
})

story('who wrote from two sessions leaves a choice of them', {}, async ({ open, desk }) => {
    const first = session(desk, 'Cleo')
    await first.sends({ event: 'in the first' })
    const { ticket_number: number } = await first.says('Hello')
    const second = new Session(desk, first.customer)
    await second.says('It is me again')
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.press('Shift+V')
    await lines(page, 'events').filter({ hasText: 'in the first' }).waitFor()
    const choice = page.sidebar.getByRole('combobox', { name: 'Session', exact: true })
    await choice.selectOption({ index: 1 })
    await panel(page, 'events').getByText('The desk shows events and errors of the session in which the ticket was opened.').waitFor()
    await accessible(page.tab)
    await page.during('GET', /\/recording\/$/, () => page.press('v')).then(({ request }) =>
        assert.equal(new URL(request.url()).searchParams.get('session'), second.id),
    )
    await page.button('Show that session').click()
    await lines(page, 'events').filter({ hasText: 'in the first' }).waitFor()
})

story('the palette and keys lead to a panel, with the details closed too, and narrow screens hold it', {}, async ({ open, desk }) => {
    const dora = session(desk, 'Dora')
    await dora.sends(thrown([{ type: 'RangeError', value: 'too far', frames: [['go']] }]))
    const { ticket_number: number } = await dora.says('Too far')
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.sidebar.waitFor()
    await page.press('c')
    await page.sidebar.waitFor({ state: 'detached' })
    await page.press('Shift+X')
    await lines(page, 'errors').filter({ hasText: 'RangeError' }).waitFor()
    await page.press('Control+k')
    await page.dialog.getByRole('combobox').fill('events')
    await page.dialog.getByRole('option', { name: /^Events/ }).click()
    await panel(page, 'events').getByText('No event came in the five minutes before and after the ticket was opened.').or(panel(page, 'events').getByText('This may still be on its way.')).first().waitFor()

    await page.tab.setViewportSize({ width: 320, height: 720 })
    await page.go(`/inbox/1/t/${number}?panel=errors`)
    await lines(page, 'errors').first().click()
    await panel(page, 'errors').getByText('/app.js:3:7').waitFor()
    const spills = await page.tab.locator('.sections').evaluate((sections) => sections.scrollWidth - sections.clientWidth)
    assert.equal(spills, 0, 'nothing is scrolled sideways')
})
