// What was done is taken back, of one ticket and of many.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const isStatus = ({ 'detail-type': type }) => type === '$conversation_ticket_status_changed'

/** The status changes of a ticket, oldest first, each as the status it led to. */
async function statusChanges(desk, id) {
    const events = (await desk.events()).filter(isStatus).map(({ detail }) => detail.properties)
    return events.filter(({ ticket_id: ticket }) => ticket === id).map(({ new_status: status }) => status)
}

const toast = (page, words) => page.tab.locator('.toast').filter({ hasText: words })

story('a resolved ticket is opened again with z, with one event each', {}, async ({ open, desk }) => {
    const { id, ticket_number: number } = await desk.agent.file('Where is my parcel?', { status: 'open' })
    const before = await statusChanges(desk, id)
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.press('e')
    await toast(page, 'Set to Resolved').waitFor()
    await until('the ticket is resolved', async () => (await desk.agent.listed(id)).status === 'resolved')
    await page.press('z')
    await until('the ticket is open again', async () => (await desk.agent.listed(id)).status === 'open')
    await toast(page, 'Set to Resolved').waitFor({ state: 'detached' })
    assert.deepEqual((await statusChanges(desk, id)).slice(before.length), ['resolved', 'open'])
})

story('what somebody else changed in between is not undone, and the page says who', { allow: [/412/] }, async ({ open, desk }) => {
    const ben = await desk.agent.colleague('Ben')
    const { id, ticket_number: number } = await desk.agent.file('My invoice is wrong', { status: 'open' })
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.press('e')
    await until('the ticket is resolved', async () => (await desk.agent.listed(id)).status === 'resolved')
    await ben.update(id, { status: 'on_hold' })
    const { response } = await page.during('PATCH', /\/tickets\/[^/]+\/$/, () => page.press('z'))
    assert.equal(response.status(), 412)
    await toast(page, 'Ben set this to On hold just now. Not undone.').waitFor()
    assert.equal((await desk.agent.listed(id)).status, 'on_hold')

    await toast(page, 'Not undone.').getByRole('button', { name: 'Set it anyway' }).click()
    await until('the agent has set it anyway', async () => (await desk.agent.listed(id)).status === 'open')
})

const MATCHING = 700
const TAGGED = 150
const DELETED = 3

/** Works on all of them, a few at a time. */
async function each(all, work, atOnce = 16) {
    const left = [...all]
    await Promise.all(Array.from({ length: atOnce }, async () => {
        while (left.length > 0) await work(left.shift())
    }))
}

/** The tags of every ticket that matches, by id. */
async function tagsOf(desk, query) {
    const tags = new Map()
    for (let path = `/api/projects/1/conversations/tickets/?limit=500&${query}`; path;) {
        const { json } = await desk.agent.call('GET', path)
        for (const ticket of json.results) tags.set(ticket.id, ticket.tags)
        path = json.next && json.next.replace(desk.url, '')
    }
    return tags
}

story('700 that match are tagged, counted exactly, and have their tags of before again', { timeout: 240_000 }, async ({ open, desk }) => {
    const numbers = Array.from({ length: MATCHING + 5 }, (_, at) => at)
    await each(numbers, async (at) => {
        const filed = await desk.agent.file(`Question ${at}`, {})
        const priority = at < MATCHING ? 'high' : 'low'
        const tags = [...(at % 2 === 0 ? ['even'] : []), ...(at < TAGGED ? ['sale'] : [])]
        await desk.agent.update(filed.id, { priority, tags })
    })
    await desk.drain()
    const before = await tagsOf(desk, 'priority=high')
    assert.equal(before.size, MATCHING)

    const page = await open('/inbox/1?priority=high&order_by=-updated_at')
    await page.rows.first().waitFor()
    await page.press('j')
    await page.press('x')
    const bar = page.tab.getByRole('group', { name: 'Selected tickets' })
    await bar.getByRole('button', { name: /^Select all \S+ that match$/ }).click()
    await bar.getByText('700 selected').waitFor()

    const gone = [...before.keys()].slice(-DELETED)
    const wereSo = [...before].filter(([id, tags]) => tags.includes('sale') && !gone.includes(id)).length
    for (const id of gone) await desk.agent.call('DELETE', `/api/projects/1/conversations/tickets/${id}/`)
    await bar.getByRole('button', { name: 'Add tag' }).click()
    await page.tab.getByPlaceholder('Search', { exact: true }).fill('sale')
    await page.press('Enter')

    const changed = MATCHING - wereSo - DELETED
    const done = toast(page, `${changed} changed, ${wereSo} were so already, and ${DELETED} gone`)
    await done.waitFor({ timeout: 60_000 })
    const tagged = await tagsOf(desk, 'tags=["sale"]&priority=high')
    assert.equal(tagged.size, MATCHING - DELETED)

    await page.press('z')
    await toast(page, `${changed} as before`).waitFor({ timeout: 60_000 })
    const after = await tagsOf(desk, 'priority=high')
    for (const id of gone) before.delete(id)
    assert.deepEqual(new Map([...after].sort()), new Map([...before].sort()))
})

story('a reply on its way is taken back by the key', {}, async ({ open, desk }) => {
    const id = await new Customer(desk, 'Hasty').says('Is it there?')
    const { ticket_number: other } = await desk.agent.file('Another question', { status: 'open' })
    const { ticket_number: number } = await desk.agent.listed(id)
    const page = await open('/inbox/1?order_by=-ticket_number')
    await page.row(number).click()
    await page.message('Is it there?').waitFor()
    await page.press('r')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    await page.composer.fill('Not like this.')
    await page.press('Control+Enter')
    await page.button('Now').waitFor()
    // On another ticket the key leads back to what it takes back.
    await page.press('Escape')
    await page.press('Escape')
    await page.row(other).click()
    await page.thread.getByRole('heading', { name: `#${other}` }).waitFor()
    await page.tab.locator('[data-region=thread]').focus()
    await page.press('z')
    await page.tab.waitForURL((url) => url.pathname.endsWith(`/t/${number}`))
    await until('the text is back', async () => (await page.composer.inputValue()) === 'Not like this.')
    assert.equal((await desk.agent.messages(id)).length, 1, 'nothing was sent')
})
