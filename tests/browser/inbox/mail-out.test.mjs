// Answers that leave by mail: to whom, and how they got there.

import assert from 'node:assert/strict'
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
