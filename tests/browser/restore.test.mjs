// A customer who has lost the tickets of their browser gets them back by a link, with the widget as posthog-js ships it.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { browser } from './chromium.mjs'
import { Desk } from './desk.mjs'
import { addressed, outbox } from './inbox/mail.mjs'
import { site } from './site.mjs'
import { Visitor } from './visitor.mjs'

assert.ok(process.env.WIDGET_FILES, 'WIDGET_FILES has the files of posthog-js; node run.mjs sets it')
const desk = await Desk.start(['--static', process.env.WIDGET_FILES])
const ADA = 'ada@example.com'
const TEST_MS = 120_000

let shop, chromium

before(async () => {
    shop = await site(desk.url)
    chromium = await browser()
    await addressed(desk)
    // Links lead only to pages that the project names.
    await desk.agent.call('PATCH', '/api/projects/1/', { conversations_settings: { widget_domains: ['localhost'] } })
})

after(async () => {
    await chromium?.close()
    shop?.close()
    await desk.stop()
})

const arrive = (url = shop.url) => Visitor.arrive(chromium, { desk: desk.url, url })
const unique = (text) => `${text} ${randomUUID().slice(0, 8)}`

/** Writes two tickets with an address, which the widget's own form asks for. */
async function write(texts) {
    await desk.agent.withSettings({ widget_require_email: true }, async () => {
        const visitor = await arrive()
        await visitor.open()
        await visitor.widget.locator('input[type=email]').fill(ADA)
        await visitor.widget.locator('form button[type=submit]').click()
        await visitor.say(texts[0])
        await visitor.reload()
        await visitor.sees(texts[0])
        await visitor.back()
        await visitor.widget.getByRole('button', { name: 'New conversation' }).click()
        await visitor.say(texts[1])
        await visitor.leave()
    })
}

/** Asks for a link in the widget's own view. */
async function ask(visitor, email) {
    await visitor.widget.getByRole('button', { name: 'Recover them here' }).click()
    await visitor.widget.locator('input[type=email]').fill(email)
    const asked = await visitor.during('POST', 'restore/request', () => visitor.widget.getByRole('button', { name: 'Send restore link' }).click())
    assert.deepEqual([asked.status, asked.json], [200, { ok: true }])
    await visitor.widget.getByText('Check your email for a secure restore link.').waitFor()
    await desk.drain()
}

/** The link in a mail of the outbox. */
async function linkIn({ id }) {
    const mail = await (await fetch(`${desk.url}/_local/mail/outbox/${id}.eml`)).text()
    const plain = mail.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)))
    const [link] = /http:\/\/localhost:\d+\/\?ph_conv_restore=[\w-]{43}/.exec(plain) ?? []
    assert.ok(link, plain)
    return link
}

test('tickets come back to another browser by a link in a mail, which works once', { timeout: TEST_MS }, async () => {
    const texts = [unique('Where is my parcel?'), unique('And my invoice?')]
    await write(texts)

    const fresh = await arrive()
    await fresh.open()
    for (const text of texts) await fresh.seesNot(text)
    await ask(fresh, 'nobody@example.com')
    assert.deepEqual(await outbox(desk), [], 'nobody learns whose addresses are known, and strangers get no mail')
    await fresh.widget.getByRole('button', { name: 'Back to conversations' }).click()
    await ask(fresh, ` ${ADA.toUpperCase()}`)
    const [mail, ...others] = await outbox(desk)
    assert.deepEqual([mail.recipients, others], [[ADA], []])
    const link = await linkIn(mail)

    const redeemed = await fresh.during('POST', 'restore', () => fresh.follow(link))
    assert.equal(redeemed.json.status, 'success')
    assert.equal(redeemed.json.migrated_ticket_ids.length, 2)
    await fresh.page.waitForURL(shop.url)
    // The widget is open, as it was on the page before.
    await fresh.photo('restored')
    await fresh.entries().nth(1).waitFor()
    for (const text of texts) {
        await fresh.entries().filter({ hasText: text }).click()
        await fresh.sees(text)
        await fresh.back()
    }
    // They go on from here.
    await fresh.entries().first().click()
    const more = unique('Hello again.')
    const { json: sent } = await fresh.say(more)
    assert.ok(redeemed.json.migrated_ticket_ids.includes(sent.ticket_id))
    await fresh.leave()

    const late = await arrive()
    const again = await late.during('POST', 'restore', () => late.follow(link))
    assert.deepEqual([again.json.status, again.json.migrated_ticket_ids ?? []], ['used', []])
    await late.open()
    for (const text of texts) await late.seesNot(text)
    assert.equal(await late.entries().count(), 0)
    await late.leave()
})
