// What the customer saw, from the unmodified posthog-js to the agents' API.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { browser } from './chromium.mjs'
import { Desk } from './desk.mjs'
import { site } from './site.mjs'
import { until } from './until.mjs'
import { Visitor } from './visitor.mjs'

const server = await Desk.start(['--static', process.env.WIDGET_FILES])
const { url: desk, agent } = server
const TEST_MS = 120_000

let shop, chromium

before(async () => {
    shop = await site(desk)
    chromium = await browser()
})

after(async () => {
    await chromium?.close()
    shop?.close()
    await server.stop()
})

const of = (ticket, path) => agent.call('GET', `/api/projects/1/conversations/tickets/${ticket}/${path}`).then(({ json }) => json)

/** A part of a recording. `fetch` has unzipped it. */
const part = (ticket, { id }) => of(ticket, `recording/${id}/`)

test('agents see events, the error and the masked recording of who wrote', { timeout: TEST_MS }, async () => {
    const options = { capture_pageview: true, disable_compression: true }
    const visitor = await Visitor.arrive(chromium, { desk, url: `${shop.url}?token=secret`, options, allow: [/the cart is empty/] })
    const { page } = visitor
    await visitor.launcher.waitFor()
    await page.evaluate(() => {
        window.posthog.capture('cart opened', { items: 3, link: 'https://shop.example/cart?session=secret' })
        setTimeout(() => {
            throw new TypeError('the cart is empty', { cause: new Error('nothing was added') })
        })
    })
    await visitor.open()
    const { json } = await visitor.say('What is wrong with my cart?')
    const ticket = json.ticket_id

    const seen = await until('events and the error', async () => {
        const seen = await of(ticket, 'context/')
        const names = seen.events.results.map(({ event }) => event)
        const all = ['$pageview', 'cart opened', '$conversations_message_sent'].every((name) => names.includes(name))
        return all && seen.errors.results.length > 0 && seen
    })
    const named = (name) => seen.events.results.find(({ event }) => event === name)
    assert.equal(named('$pageview').url, shop.url, 'without the query')
    assert.deepEqual(
        (({ items, link }) => ({ items, link }))(named('cart opened').properties),
        { items: 3, link: 'https://shop.example/cart' },
    )
    assert.ok(!JSON.stringify(seen).includes('secret'), 'no query of an address is kept')
    assert.ok(seen.events.results.every((event) => !event.is_other_person))
    const [error] = seen.errors.results
    assert.deepEqual([error.type, error.is_handled, error.causes.length], ['TypeError', false, 2])
    assert.equal(error.causes[1].message, 'nothing was added')

    const recording = await until('a recording', async () => {
        const recording = await of(ticket, 'recording/')
        return recording.state === 'ready' && recording
    })
    assert.equal(seen.session_id, recording.session_id)
    const events = (await Promise.all(recording.chunks.map((chunk) => part(ticket, chunk)))).flat()
    const full = events.find(({ type }) => type === 2)
    assert.ok(full, 'a whole page was recorded')
    const whole = full.cv ? gunzipSync(Buffer.from(full.data, 'latin1')).toString() : JSON.stringify(full.data)
    assert.ok(whole.includes('"h1"') && !whole.includes("Somebody's page"), 'texts are masked')
    assert.ok(!events.some(({ timestamp }) => !Number.isFinite(timestamp)))
    const { sessions } = await of(ticket, 'context/')
    assert.deepEqual(sessions.map(({ id, has_recording }) => [id, has_recording]), [[recording.session_id, true]])
    await visitor.leave()
})

test('who does not write is not recorded', { timeout: TEST_MS }, async () => {
    const visitor = await Visitor.arrive(chromium, { desk, url: shop.url, options: { disable_compression: true } })
    await visitor.launcher.waitFor()
    await visitor.page.waitForFunction(() => window.posthog.sessionRecording?.status === 'buffering')
    for (let n = 0; n < 5; n += 1) {
        await visitor.page.mouse.move(100 + n, 100)
        await visitor.page.evaluate(() => document.querySelector('h1').append('!'))
    }
    await visitor.page.evaluate(() => window.posthog.capture('looked around'))
    await until('an event was sent', () => visitor.answers.some(({ path }) => path === '/i/v0/e/'))
    assert.deepEqual(visitor.answers.filter(({ path }) => path === '/s/'), [])
    await visitor.leave()
})
