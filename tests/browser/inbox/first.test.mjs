// The first minute on a desk that nobody has written to.

import assert from 'node:assert/strict'
import { addressed } from './mail.mjs'
import { stories } from './story.mjs'

const story = stories()

story('a fresh desk signs its agent in and says how customers reach it', {}, async ({ open }) => {
    const page = await open('/')
    await page.tab.getByRole('heading', { name: 'No tickets yet' }).waitFor()
    assert.equal(new URL(page.tab.url()).pathname, '/inbox/1')
    const me = await page.tab.evaluate(async () => (await fetch('/api/me/', { headers: { 'X-Lambdesk': '1' } })).json())
    assert.equal(me.user.first_name, 'Agent')

    const snippet = await page.tab.locator('pre').innerText()
    assert.match(snippet, /posthog\.init\('phc_local', \{/)
    assert.ok(snippet.includes(`api_host: '${page.desk.url}'`))
    const shop = page.tab.getByRole('link', { name: 'Write as a customer' })
    assert.equal(await shop.getAttribute('href'), '/demo')
    assert.equal(await page.tab.getByText('becomes a ticket as well').count(), 0, 'this project has no address for mail')
})

story('a fresh desk that takes mail says where to', {}, async ({ open, desk }) => {
    const address = await addressed(desk)
    const page = await open('/')
    await page.tab.getByText(`A mail to ${address} becomes a ticket as well.`).waitFor()
})
