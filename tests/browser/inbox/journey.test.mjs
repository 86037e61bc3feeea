// The page as an agent uses it, on a desk with the demo's tickets.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { stories } from './story.mjs'

const story = stories({ flags: ['--demo'] })

/** The messages of a ticket that have this text. */
async function stored(desk, number, text) {
    const { id } = await desk.agent.numbered(number)
    return (await desk.agent.messages(id)).filter(({ content }) => content.includes(text))
}

story('the page opens signed in, on the queue, and a ticket opens by keys', {}, async ({ open }) => {
    const page = await open('/')
    await page.rows.nth(5).waitFor()
    assert.match(page.tab.url(), /\/inbox\/1$/)
    await page.press('j')
    await page.press('Enter')
    await page.messages.first().waitFor()
    assert.match(page.tab.url(), /\/inbox\/1\/t\/\d+/)
})

story('a reply is sent once, and the ticket waits for the customer', {}, async ({ open, desk }) => {
    const page = await open('/inbox/1/t/57')
    const text = `Bonjour, c'est arrangé. ${Date.now()}`
    await page.composer.fill(text)
    await page.composer.press('Control+Enter')
    await page.message(text).waitFor()
    await until('the message is stored', async () => (await stored(desk, 57, text)).length > 0)
    await page.message(text).and(page.tab.locator('.pending')).waitFor({ state: 'detached' })
    assert.equal((await stored(desk, 57, text)).length, 1)
    assert.equal((await desk.agent.numbered(57)).status, 'pending')
})

story('a note is private, and leaves the draft of the reply alone', {}, async ({ open, desk }) => {
    const page = await open('/inbox/1/t/55')
    await page.write('Reply', 'half a reply')
    const note = `Only for us ${Date.now()}`
    await page.write('Note', note)
    await page.composer.press('Control+Enter')
    await until('the note is stored', async () => (await stored(desk, 55, note)).length > 0)
    const [{ is_private: isPrivate }] = await stored(desk, 55, note)
    assert.equal(isPrivate, true)
    await page.tab.reload()
    await page.tab.getByRole('tab', { name: 'Reply' }).click()
    await until('the draft is back', async () => (await page.composer.inputValue()) === 'half a reply')
})

for (const colorScheme of ['light', 'dark'])
    story(`at 320 px nothing scrolls sideways, ${colorScheme}`, { viewport: { width: 320, height: 640 }, colorScheme }, async ({ open }) => {
        const page = await open('/inbox/1')
        await page.rows.first().waitFor()
        assert.ok(await page.tab.evaluate(() => document.documentElement.scrollWidth <= 320))
    })
