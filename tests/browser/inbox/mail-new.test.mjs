// A ticket that an agent begins, by a mail to somebody who has not written.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { addressed, mailed, outbox, ticketOf } from './mail.mjs'
import { refused } from './settings.mjs'
import { stories } from './story.mjs'

const story = stories()
const COMPOSE = '**/conversations/tickets/compose/'
const isSent = /\/compose\/$/
/** Files lie in a bucket of another address, on purpose. */
const BUCKET = /^another host: http:\/\/127\.0\.0\.1:\d+\/files\//

const to = (page) => page.dialog.getByLabel('To', { exact: true })
const subject = (page) => page.dialog.getByLabel('Subject')
const text = (page) => page.dialog.getByRole('textbox', { name: 'Message' })
const send = (page) => page.dialog.getByRole('button', { name: 'Send', exact: true })

async function begin(page, mail) {
    await page.button('New mail').click()
    await to(page).fill(mail.to)
    await subject(page).fill(mail.subject)
    await text(page).fill(mail.text)
}

/** The requests that begin tickets, as they leave the page. */
function watch(page) {
    const sent = []
    page.tab.on('request', (request) => isSent.test(new URL(request.url()).pathname) && sent.push(request))
    return sent
}

story('a desk without an address offers no new mail', {}, async ({ desk, open }) => {
    await desk.agent.file('By telephone.')
    const page = await open('/inbox/1')
    await page.rows.first().waitFor()
    await page.painted()
    assert.equal(await page.button('New mail').count(), 0)
})

story('a mail to somebody opens a ticket, and leaves from the address that was chosen', {}, async ({ desk, open }) => {
    await addressed(desk)
    await addressed(desk, 'billing')
    const page = await open('/inbox/1')
    await begin(page, { to: 'Bea Hale <Bea@example.com>', subject: 'Your export', text: 'Hello Bea,\n\nit is **ready**.' })
    await page.dialog.getByLabel('From').selectOption({ label: 'billing@desk.test' })
    assert.equal(await to(page).inputValue(), 'bea@example.com')
    await accessible(page.tab)
    await text(page).press('ControlOrMeta+Enter')
    await page.message('it is ready').waitFor()
    await page.thread.getByRole('heading', { name: 'Your export' }).waitFor()
    await page.thread.getByText('billing@desk.test to bea@example.com', { exact: true }).waitFor()
    await page.message('it is ready').getByText('Delivered').waitFor()
    const [mail] = await outbox(desk)
    assert.deepEqual([mail.recipients, /billing@desk\.test/.test(mail.from)], [['bea@example.com'], true])

    // Her answer comes back to it, and nothing is left of the mail that went.
    await page.tab.goBack()
    await page.button('New mail').click()
    assert.equal(await to(page).inputValue(), '')
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
})

story('copies and files go with a new mail, and a reload keeps what is chosen', { allow: [BUCKET, ...refused(400)] }, async ({ desk, open }) => {
    await addressed(desk)
    const page = await open('/inbox/1')
    await begin(page, { to: 'gil@example.com', subject: 'Your invoice', text: 'Here it is.' })
    await page.button('Add Cc').click()
    const field = (name) => page.dialog.getByRole('textbox', { name, exact: true })
    await until('the new field has the focus', () => field('Cc').evaluate((input) => input === document.activeElement))
    await page.tab.keyboard.type('Bob Hale <bob@example.com>,cy@example.com ')
    await page.dialog.getByRole('button', { name: 'Leave out cy@example.com' }).waitFor()
    await page.button('Add Bcc').click()
    await page.tab.keyboard.type('nobody')

    // Nothing is sent past what is no address.
    const sent = watch(page)
    await field('Bcc').press('ControlOrMeta+Enter')
    await page.dialog.getByText('This is no address.').waitFor()
    await accessible(page.tab)
    assert.equal(sent.length, 0)
    await field('Bcc').fill('eve@example.com')

    // Two files at once are of one mail.
    const files = page.dialog.getByRole('list', { name: 'Files that go with it' })
    const [chooser] = await Promise.all([page.tab.waitForEvent('filechooser'), page.button('Attach files').click()])
    const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
    await chooser.setFiles([file('invoice.txt', 'an invoice'), file('terms.txt', 'the terms of it')])
    await files.getByText('10 bytes').waitFor()
    await files.getByText('15 bytes').waitFor()
    await accessible(page.tab)

    await page.go('/inbox/1')
    await page.button('New mail, begun').click()
    await files.getByText('15 bytes').waitFor()
    await page.dialog.getByRole('button', { name: 'Leave out eve@example.com' }).waitFor()
    await send(page).click()
    const message = page.message('Here it is.')
    await message.getByText('Delivered').waitFor()
    await message.getByText('invoice.txt').waitFor()
    await desk.drain()
    const mail = (await outbox(desk)).find(({ recipients }) => recipients.includes('gil@example.com'))
    assert.deepEqual(mail.recipients, ['gil@example.com', 'bob@example.com', 'cy@example.com', 'eve@example.com'])
    const letter = await (await fetch(`${desk.url}/_local/mail/outbox/${mail.id}.eml`)).text()
    assert.match(letter, /filename="?invoice\.txt[^]*filename="?terms\.txt/)
    assert.doesNotMatch(letter, /eve@example\.com/)
    await page.sidebar.getByRole('list', { name: 'In copy' }).getByText('bob@example.com').waitFor()
})

story('what is begun stays until it is sent or discarded, and the palette leads to it', {}, async ({ desk, open }) => {
    await addressed(desk)
    const page = await open('/inbox/1')
    await begin(page, { to: 'cleo@example.com', subject: 'A question', text: 'May I ask' })
    await page.press('Escape')
    await page.button('New mail, begun').waitFor()
    await page.go('/inbox/1')
    await page.button('New mail, begun').waitFor()
    await page.press('ControlOrMeta+k')
    await page.tab.getByRole('combobox').fill('new mail')
    await page.tab.getByRole('option', { name: /^New mail/, selected: true }).waitFor()
    await page.press('Enter')
    await until('the text is there', async () => (await text(page).inputValue()) === 'May I ask')
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
    await page.tab.getByRole('button', { name: /^Signed in as / }).click()
    await page.tab.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.dialog.getByText('1 new mail is begun and not sent.').waitFor()
    await page.dialog.getByRole('button', { name: 'Stay' }).click()
    await page.button('New mail, begun').click()
    await page.button('Discard draft').click()
    await page.button('New mail').waitFor()
    await page.button('Undo').click()
    assert.equal(await to(page).inputValue(), 'cleo@example.com')
    await page.button('Discard draft').click()
    await page.button('New mail').waitFor()
})

story('a fault is said beside its field, and an answer that is lost makes no second ticket', { allow: refused(400, 503) }, async ({ desk, open }) => {
    await addressed(desk)
    const page = await open('/inbox/1')
    await begin(page, { to: 'nobody', subject: 'Refund', text: 'It is on its way.' })
    await send(page).click()
    await page.dialog.getByText('Must be an e-mail address.').waitFor()
    await until('the field has the focus', () => to(page).evaluate((field) => field === document.activeElement))
    await accessible(page.tab)
    await to(page).fill('dora@example.com')

    // The desk takes it, and its answer does not arrive.
    let lost = 0
    await page.tab.route(COMPOSE, async (route) => {
        if (lost++ > 0) return route.continue()
        await route.fetch()
        await route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: { type: 'server_error', code: 'unavailable', detail: 'Try again.', attr: null } })
    })
    const sent = watch(page)
    await send(page).click()
    await page.message('It is on its way.').waitFor()
    assert.equal(new Set(sent.map((request) => request.headers()['idempotency-key'])).size, 1)
    assert.equal(sent.length, 2)
    await desk.drain()
    assert.equal((await outbox(desk)).filter(({ recipients }) => recipients.includes('dora@example.com')).length, 1)
})

story('who takes part is added and removed beside the ticket, and each can be undone', { allow: refused(400) }, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Ada <ada@example.com>', subject: 'Export', headers: { Cc: 'Grace <grace@example.com>' } })
    const { ticket_number: number } = await ticketOf(desk)
    const page = await open('/inbox/1')
    await page.openTicket(number)
    const part = page.sidebar.locator('[data-section=participants]')
    const copies = part.getByRole('list', { name: 'In copy' })
    const field = part.getByLabel('Add an address')
    const kept = async () => (await ticketOf(desk)).cc_participants
    await copies.getByText('grace@example.com').waitFor()

    await field.fill('nobody')
    await field.press('Enter')
    await part.getByText('This is no address.').waitFor()
    await accessible(page.tab)
    await page.during('PATCH', /\/tickets\/[^/]+\/$/, async () => {
        await field.fill('Bob <bob@example.com>')
        await field.press('Enter')
    })
    await copies.getByText('bob@example.com').waitFor()
    assert.deepEqual(await kept(), ['grace@example.com', 'bob@example.com'])

    await page.during('PATCH', /\/tickets\/[^/]+\/$/, () => part.getByRole('button', { name: 'Remove grace@example.com from the ticket' }).click())
    await until('one is left', async () => (await kept()).join() === 'bob@example.com')
    assert.equal(await field.evaluate((input) => input === document.activeElement), true)
    // Meanwhile a colleague has added somebody, who stays.
    await desk.agent.update((await ticketOf(desk)).id, { cc_participants: ['bob@example.com', 'cara@example.com'] })
    await copies.getByText('cara@example.com').waitFor()
    await page.during('PATCH', /\/tickets\/[^/]+\/$/, () => page.button('Undo').last().click())
    await copies.getByText('grace@example.com').waitFor()
    assert.deepEqual((await kept()).toSorted(), ['bob@example.com', 'cara@example.com', 'grace@example.com'])
})

story('a ticket by mail says in one sentence that there is nothing of a browser', {}, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Eve <eve@example.com>', subject: 'Photos' })
    const page = await open('/inbox/1')
    await page.openTicket((await ticketOf(desk, 'eve@example.com')).ticket_number)
    await page.sidebar.getByText('It came by e-mail. So there is no session, recording or event of a browser.').waitFor()
    assert.equal(await page.sidebar.getByRole('button', { name: 'Recording' }).count(), 0)
    const filed = await desk.agent.file('By telephone.')
    await page.openTicket(filed.ticket_number)
    await page.sidebar.getByRole('button', { name: /^Recording/ }).waitFor()
    assert.equal(await page.sidebar.locator('[data-section=participants]').count(), 0)
})
