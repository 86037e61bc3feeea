// Answers that leave by mail: to whom, and how they got there.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { addressed, mailed, outbox, ticketOf } from './mail.mjs'
import { stories } from './story.mjs'

const story = stories()

async function send(page, text) {
    await page.write('Reply', text)
    await page.button('Send and set Pending').click()
    await page.button('Now').click()
}

story('an answer says to whom it goes, and that it arrived', {}, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Ada <ada@example.com>', subject: 'Export' })
    const page = await open('/inbox/1')
    await page.openTicket((await ticketOf(desk)).ticket_number)
    const who = page.tab.getByRole('group', { name: 'Who gets it' })
    await who.getByText('ada@example.com').waitFor()
    await page.tab.getByRole('tab', { name: 'Note' }).click()
    await who.waitFor({ state: 'detached' })
    await send(page, 'It is mended.')
    await page.message('It is mended.').getByText('Delivered').waitFor()
    const [mail] = await outbox(desk)
    assert.deepEqual(mail.recipients, ['ada@example.com'])
})

story('a mail that comes back is plain to see', {}, async ({ desk, open }) => {
    await addressed(desk)
    // The sending service's own address that takes nothing.
    const nobody = 'bounce@simulator.amazonses.com'
    await mailed(desk, { from: `Bea <${nobody}>`, subject: 'Refund' })
    const page = await open('/inbox/1')
    await page.openTicket((await ticketOf(desk, nobody)).ticket_number)
    await send(page, 'It is on its way.')
    await page.message('It is on its way.').getByText(`Could not be delivered to ${nobody}`).waitFor()
})

story('mails on their way are asked about together, show by themselves that they arrived, and are not asked about again', {}, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Cleo <cleo@example.com>', subject: 'Thirty answers' })
    const { id, ticket_number: number } = await ticketOf(desk, 'cleo@example.com')
    for (let answer = 1; answer <= 30; answer += 1) await desk.agent.reply(id, `Answer ${answer}.`)
    await desk.drain()

    // To the page they are on their way for now.
    let isOnTheWay = true
    let asked = 0
    const page = await open('/inbox/1')
    await page.tab.route(/\/tickets\/[^/]+\/messages\/?(\?|$)/, async (route) => {
        asked += 1
        const response = await route.fetch()
        const body = await response.json()
        if (isOnTheWay) for (const message of body.results) if (message.delivery) Object.assign(message.delivery, { status: 'sent', at: new Date().toISOString() })
        await route.fulfill({ response, json: body })
    })
    await page.openTicket(number)
    const last = page.message('Answer 30.')
    await last.getByText('Mailed', { exact: true }).waitFor()
    const before = asked
    await until('the page asks again', () => asked > before)
    isOnTheWay = false
    await last.getByText('Delivered').waitFor()
    const settled = asked
    for (let news = 0; news < 3; news += 1) await page.nextNews()
    assert.equal(asked, settled)
})
