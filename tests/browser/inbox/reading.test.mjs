// Who reads in the middle of a thread goes on reading.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
const MESSAGES = 40
const PASSED = 16

story('a message that comes while something else is read does not scroll', {}, async ({ desk, open }) => {
    const ada = new Customer(desk, 'Ada')
    const id = await ada.says('This is a long story.')
    // A customer may write a few messages a minute, so every other one is the team's.
    for (let n = 2; n <= MESSAGES; n += 2) {
        await desk.agent.reply(id, `Part ${n}.`)
        if (n % 8 === 0) await ada.says(`Part ${n + 1}.`)
        else await desk.agent.reply(id, `Part ${n + 1}.`)
    }
    await desk.agent.read(id)
    const page = await open('/inbox/1')
    await page.openTicket(1)
    const region = page.thread.getByRole('region', { name: 'Conversation' })
    const top = () => region.evaluate((element) => element.scrollTop)
    await page.message(`Part ${MESSAGES}.`).waitFor()

    // To the middle, as with the wheel.
    await region.hover()
    const end = await top()
    await page.tab.mouse.wheel(0, -end / 2)
    await until('it was scrolled', async () => (await top()) < end - 100)
    await page.painted()
    const middle = await top()
    const read = await page.message(`Part ${MESSAGES / 2}.`).boundingBox()
    await page.announced()

    await ada.says('One more thing.')
    await page.button('1 new message').waitFor()
    assert.equal(await top(), middle, 'nothing scrolled')
    assert.deepEqual(await page.message(`Part ${MESSAGES / 2}.`).boundingBox(), read, 'what is read stands where it stood')
    assert.deepEqual((await page.announced()).filter((text) => text.includes('message')), ['New message from Ada'])

    await page.button('1 new message').click()
    await until('the end is in view', async () => region.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 2))
    assert.equal(await page.button('1 new message').count(), 0)

    // At the end, the thread follows.
    await ada.says('That was all.')
    await page.message('That was all.').waitFor()
    await until('the end is in view', async () => region.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 2))
    assert.equal(await page.button('1 new message').count(), 0)
})

story('a ticket that is left before it has all come leaves no trace', {}, async ({ desk, open }) => {
    for (let at = 1; at <= PASSED; at += 1) await new Customer(desk, `Passed by ${at}`).says('Nobody reads this yet.')
    const page = await open('/inbox/1?order_by=-ticket_number')
    await page.rows.nth(PASSED - 1).waitFor()
    const frames = (count) =>
        page.tab.evaluate((left) => new Promise((done) => requestAnimationFrame(function next() { left-- > 0 ? requestAnimationFrame(next) : done() })), count)
    // The browser complains, in the closing check, of whatever comes too late and finds its ticket gone.
    for (let at = 0; at < PASSED; at += 1) {
        await page.press('j')
        await page.press('Enter')
        assert.match(new URL(page.tab.url()).pathname, /\/t\/\d+$/, 'it was opened')
        await frames(at % 4)
        await page.press('Escape')
        await page.tab.waitForURL((url) => url.pathname === '/inbox/1')
    }
    await page.nextNews()
    assert.equal(await page.messages.count(), 0)
    const { results } = await desk.agent.tickets('?search=Passed')
    assert.deepEqual(results.map(({ unread_team_count: unread }) => unread), Array(PASSED).fill(1), 'all are still unread')
})
