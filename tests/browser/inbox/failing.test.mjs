// A send that fails: the answer is lost, the desk is busy, the network is gone. Behind the page is a desk that works; what is
// lost is lost between the two.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
const REPLY = '**/tickets/*/reply/'
const SECOND = 1_000
const MINUTE = 60 * SECOND

/** A page on a new ticket, whose time the test moves. */
async function answering({ desk, open }, text) {
    const id = await new Customer(desk, 'Ada').says('Where is my parcel?')
    const { ticket_number: number } = await desk.agent.listed(id)
    const page = await open('/inbox/1', { clock: true })
    await page.openTicket(number)
    const sent = async () => (await desk.agent.messages(id)).filter(({ content }) => content === text).length
    const pending = page.tab.locator('article.pending').filter({ hasText: text })
    return { page, id, sent, pending }
}

async function press(page, text) {
    await page.composer.fill(text)
    await page.composer.press('Control+Enter')
}

story('a send whose answer is lost is sent again under its key, and is one message',
    { allow: [/^failed: POST .*\/reply\/ /, /^console: .*ERR_FAILED.*\/reply\//] },
    async (told) => {
        const text = 'It left our workshop today.'
        const { page, id, sent, pending } = await answering(told, text)
        const keys = []
        let lose
        const lost = new Promise((done) => (lose = done))
        await page.tab.route(REPLY, async (route) => {
            keys.push(route.request().headers()['idempotency-key'])
            if (keys.length > 1) return route.continue()
            const answer = await route.fetch()
            assert.equal(answer.status(), 201, 'the desk took it')
            await lost
            return route.abort('failed')
        })
        await press(page, text)
        await pending.getByText(/^Sending in \d s$/).waitFor()
        await page.runFor(6 * SECOND)
        await until('the desk has it, and the page does not know', async () => keys.length === 1 && (await sent()) === 1)
        await pending.getByText('Sending', { exact: true }).waitFor()
        lose()
        // Tried again after a second of the page's clock, which goes on by itself.
        await pending.waitFor({ state: 'detached' })
        assert.equal(await page.message(text).count(), 1)
        assert.equal(await sent(), 1)
        assert.equal(keys.length, 2)
        assert.equal(keys[0], keys[1])
        const events = (await page.desk.events()).filter(({ detail }) => detail.properties.ticket_id === id)
        assert.equal(events.filter((event) => event['detail-type'] === '$conversation_message_sent').length, 1)
        assert.equal(events.filter((event) => event['detail-type'] === '$conversation_ticket_status_changed').length, 1)
    },
)

story('a desk that is busy three times gets the message once, and the agent is told in words',
    { allow: [/^console: .*503 .*\/reply\//] },
    async (told) => {
        const text = 'We look into it.'
        const { page, sent, pending } = await answering(told, text)
        const keys = new Set()
        let tries = 0
        await page.tab.route(REPLY, (route) => {
            keys.add(route.request().headers()['idempotency-key'])
            tries += 1
            if (tries > 3) return route.continue()
            return route.fulfill({ status: 503, contentType: 'application/json', headers: { 'Retry-After': '20' }, body: '{"message": "Service Unavailable"}' })
        })
        await press(page, text)
        await page.runFor(6 * SECOND)
        await until('it was tried', () => tries === 1)
        await pending.getByText('Sending', { exact: true }).waitFor()
        // Fifteen seconds after the press somebody should know.
        await page.runFor(15 * SECOND)
        await pending.getByText('Not sent yet').waitFor()
        await pending.getByRole('button', { name: 'Undo' }).waitFor()
        await page.runFor(5 * SECOND)
        await until('it waited for as long as the desk asked, and was tried again', () => tries === 2)
        // By the agent's word at once.
        await pending.getByText('Not sent yet').waitFor()
        await pending.getByRole('button', { name: 'Retry' }).click()
        await until('it was tried again', () => tries === 3)
        assert.equal(await sent(), 0)
        await pending.getByText('Not sent yet').waitFor()
        await page.runFor(21 * SECOND)
        await pending.waitFor({ state: 'detached' })
        assert.equal(await page.message(text).count(), 1)
        assert.equal(await sent(), 1)
        assert.equal(keys.size, 1, 'under one key')
    },
)

story('three minutes offline: what was written waits for the word of its writer, and is one message',
    { allow: [/^failed: .*ERR_INTERNET_DISCONNECTED/, /^console: .*ERR_INTERNET_DISCONNECTED/] },
    async (told) => {
        const text = 'Read this when you are back.'
        const { page, id, sent, pending } = await answering(told, text)
        await page.tab.context().setOffline(true)
        await page.runFor(6 * SECOND)
        await page.banner.getByText(/^Offline since \d/).waitFor()
        assert.ok((await page.messages.count()) > 0, 'what was there can be read')
        await press(page, text)
        await page.runFor(6 * SECOND)
        await page.banner.getByText('1 change waits').waitFor()
        await page.runFor(15 * SECOND)
        await pending.getByText('Not sent yet').waitFor()
        await page.runFor(3 * MINUTE)
        assert.equal(await sent(), 0)

        await page.tab.context().setOffline(false)
        await page.banner.getByText(/^Offline/).waitFor({ state: 'detached' })
        await pending.getByText('Not sent', { exact: true }).waitFor()
        assert.equal(await sent(), 0, 'it is older than two minutes, so it waits')
        await pending.getByRole('button', { name: 'Send', exact: true }).click()
        await pending.waitFor({ state: 'detached' })
        assert.equal(await page.message(text).count(), 1)
        assert.equal(await sent(), 1)
        assert.equal((await page.desk.agent.listed(id)).status, 'pending')
    },
)
