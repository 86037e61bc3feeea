// Two answers do not cross: whoever sends sees first what came meanwhile.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
const REPLY = /\/reply\/$/

story('a reply is held back when a colleague has answered meanwhile, and goes once by the word of its writer',
    { allow: [/^console: .*409 .*\/reply\//] },
    async ({ desk, open }) => {
        const ben = await desk.agent.colleague('Ben')
        const ada = new Customer(desk, 'Ada')
        const id = await ada.says('Is the blue one in stock?')
        const page = await open('/inbox/1', { clock: true })
        await page.openTicket(1)
        // Once the ticket is read the page asks for news; that question must not bring Ben's answer.
        await until('the ticket is read', async () => (await desk.agent.listed(id)).unread_team_count === 0)
        await page.nextNews()
        await page.composer.fill('It is, and we')
        // Time stands, so that the page hears of Ben's answer by no question of its own.
        await page.stopTime()
        await ben.reply(id, 'Sold out, sorry.')
        const reply = 'It is, and we send it today.'
        await page.composer.fill(reply)
        await page.composer.press('Control+Enter')
        const { response } = await page.during('POST', REPLY, () => page.runFor(6_000))
        assert.equal(response.status(), 409)
        await page.resumeTime()

        const notice = page.tab.getByRole('alert')
        await notice.getByText('Ben wrote just now. Your reply was not sent.').waitFor()
        await notice.getByText('Sold out, sorry.').waitFor()
        await page.message('Sold out, sorry.').waitFor()
        assert.equal(await page.composer.inputValue(), reply, 'the text is in the composer')
        const contents = async () => (await desk.agent.messages(id)).map(({ content }) => content)
        assert.deepEqual(await contents(), ['Is the blue one in stock?', 'Sold out, sorry.'], 'nothing was sent')
        assert.equal((await desk.agent.listed(id)).status, 'new', 'and nothing was changed')

        const again = await page.during('POST', REPLY, async () => {
            await page.button('Send anyway').click()
            await page.runFor(6_000)
        })
        assert.equal(again.response.status(), 201)
        await page.message(reply).and(page.tab.locator(':not(.pending)')).waitFor()
        assert.equal(await page.message(reply).count(), 1)
        assert.deepEqual(await contents(), ['Is the blue one in stock?', 'Sold out, sorry.', reply])
        assert.equal(await page.composer.inputValue(), '')
        assert.equal((await desk.agent.listed(id)).status, 'pending', 'with the status of the button')
    },
)
