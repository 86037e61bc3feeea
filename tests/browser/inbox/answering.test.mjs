// An agent answers, and leaves a note that the customer never gets.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { WIDGET } from '../visitor.mjs'
import { shop } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

story('a reply reaches the widget, sets the ticket pending, and is told before the status', {}, async ({ desk, browser, open }) => {
    const visitor = await shop(browser, desk)
    const { json: { ticket_id: id } } = await visitor.say('Do you ship to Norway?')
    const page = await open('/inbox/1')
    await page.openTicket(1)

    const answer = 'We do, in five days.'
    await page.write('Reply', answer)
    await page.button('Send and set Pending').click()
    await page.button('Now').click()
    await visitor.sees(answer)
    await visitor.nextPoll()
    await visitor.seesOnce(answer)
    await until('the page shows it as sent', async () => (await page.message(answer).and(page.tab.locator('.pending')).count()) === 0)
    assert.equal(await page.message(answer).count(), 1)

    assert.equal((await desk.agent.listed(id)).status, 'pending')
    const kinds = (await desk.events()).filter(({ detail }) => detail.properties.ticket_id === id).map((event) => event['detail-type'])
    assert.deepEqual(kinds.slice(-2), ['$conversation_message_sent', '$conversation_ticket_status_changed'])
    assert.equal(kinds.filter((kind) => kind === '$conversation_message_sent').length, 1)
    assert.equal(kinds.filter((kind) => kind === '$conversation_ticket_status_changed').length, 1)
    await visitor.leave()
})

story('a note stands in the thread and in no answer to the widget', {}, async ({ desk, browser, open }) => {
    const visitor = await shop(browser, desk)
    const { json: { ticket_id: id } } = await visitor.say('I want a refund.')
    const { ticket_number: number } = await desk.agent.listed(id)
    const page = await open('/inbox/1')
    await page.openTicket(number)

    const note = 'do not refund this one'
    await page.write('Note', note)
    await page.button('Add note').click()
    await page.button('Now').click()
    await page.message(note).getByText('Note, only the team sees this').waitFor()
    await until('the desk has it', async () => (await desk.agent.messages(id)).some(({ content }) => content === note))
    const answer = 'We look into it.'
    await desk.agent.reply(id, answer)

    await visitor.sees(answer)
    await visitor.nextPoll()
    await visitor.reload()
    await visitor.sees(answer)
    await visitor.settle()
    const stored = (await desk.agent.messages(id)).find(({ content }) => content === note)
    assert.equal(stored.is_private, true)
    const bodies = visitor.answers.filter(({ path }) => path.startsWith(WIDGET)).map(({ body }) => body)
    assert.ok(bodies.some((body) => body.includes(answer)), `${bodies.length} answers were read`)
    for (const secret of [note, stored.id]) assert.ok(!bodies.some((body) => body.includes(secret)), `"${secret}" is in no answer`)
    assert.ok(!(await visitor.page.content()).includes(note), 'and not in the page')
    assert.equal((await desk.agent.listed(id)).status, 'new', 'a note changes nothing')
    await visitor.leave()
})
