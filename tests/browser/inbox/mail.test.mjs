// A conversation by mail as the team reads it.

import assert from 'node:assert/strict'
import { addressed, mailed, ticketOf } from './mail.mjs'
import { stories } from './story.mjs'

const story = stories()

story('a ticket by mail says what it is about, between whom, and who wrote each message', {}, async ({ desk, open }) => {
    await addressed(desk)
    const copies = ['bob@example.com', 'cy@example.com', 'di@example.com', 'eve@example.com', 'fay@example.com']
    const first = await mailed(desk, { from: 'Ada Byron <ada@example.com>', subject: 'The export stops', text: 'It stops at 80 %.', headers: { Cc: copies.join(', ') } })
    const { ticket_number: number } = await ticketOf(desk)
    const page = await open('/inbox/1')
    await page.openTicket(number)
    const head = page.thread.getByRole('region', { name: 'E-mail' })
    await head.getByRole('heading', { name: 'The export stops' }).waitFor()
    await head.getByText('ada@example.com to help@desk.test').waitFor()
    const list = head.getByRole('list', { name: 'In copy' })
    await list.getByText('cy@example.com').waitFor()
    assert.equal(await list.getByText('fay@example.com').count(), 0)
    await page.button('2 more').click()
    await list.getByText('fay@example.com').waitFor()
    await page.button('Fewer').click()
    await list.getByText('fay@example.com').waitFor({ state: 'detached' })

    // Whoever was in copy takes part, and is told from the one who asked.
    await mailed(desk, { from: 'Bob Hale <bob@example.com>', subject: 'Re: The export stops', text: 'Here too.', headers: { 'In-Reply-To': first } })
    await page.message('Here too.').getByText('Bob Hale (bob@example.com)').waitFor()
    await page.message('It stops at 80 %.').getByText('Ada Byron', { exact: true }).waitFor()
    await page.message('It stops at 80 %.').getByText('Unproven sender').waitFor({ state: 'detached' })
})

story('an unproven sender is called so, and what a mail leaves out is said', {}, async ({ desk, open }) => {
    await addressed(desk)
    const first = await mailed(desk, { from: 'Gus <gus@nowhere.org>', subject: 'Refund', text: 'I want my money back.', found: 'dmarc=FAIL&policy=none' })
    const { ticket_number: number } = await ticketOf(desk, 'gus@nowhere.org')
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.message('I want my money back.').getByText('Unproven sender: nothing shows that gus@nowhere.org wrote this').waitFor()
    const text = 'Still waiting.\n\nOn Mon, 30 Nov 2026 at 09:00, Help <help@desk.test> wrote:\n> We look into it.\n> Soon.'
    await mailed(desk, { from: 'Gus <gus@nowhere.org>', subject: 'Re: Refund', text, headers: { 'In-Reply-To': first }, found: 'dmarc=FAIL&policy=none' })
    const answer = page.message('Still waiting.')
    await answer.getByText('Earlier mails below it are left out').waitFor()
    assert.equal(await answer.getByText('We look into it.').count(), 0)
})

story('a stranger’s ticket leads to the one that the mail pointed to', {}, async ({ desk, open }) => {
    await addressed(desk)
    const first = await mailed(desk, { from: 'Hal <hal@example.com>', subject: 'Our contract', text: 'About the contract.' })
    const { ticket_number: number } = await ticketOf(desk, 'hal@example.com')
    await mailed(desk, { from: 'Ivy <ivy@example.com>', subject: 'Re: Our contract', text: 'May I see it?', headers: { 'In-Reply-To': first } })
    const { ticket_number: other } = await ticketOf(desk, 'ivy@example.com')
    assert.notEqual(other, number)
    const page = await open('/inbox/1')
    await page.openTicket(other)
    await page.tab.getByRole('link', { name: `Answers a mail of #${number}, where this sender takes no part` }).click()
    await page.message('About the contract.').waitFor()
})
