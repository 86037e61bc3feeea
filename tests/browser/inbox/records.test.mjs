// The settings that list things: quick actions, tags, and the audit.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { stories } from './story.mjs'

const story = stories()

const ACTIONS = '/api/projects/1/conversations/quick_actions/'
const PAGE = 50

story('quick actions are made, found, changed, duplicated and deleted', {}, async ({ open, desk }) => {
    const all = async () => (await desk.agent.call('GET', ACTIONS)).json.results
    const page = await open('/inbox/1/settings/quick-actions')
    const { tab } = page
    await tab.getByText('No quick actions yet').waitFor()
    await page.button('New quick action').click()
    await page.dialog.getByLabel('Name').fill('Thanks')
    await page.dialog.getByLabel('Text', { exact: true }).fill('Thank you, {{customer.name|friend}}!')
    await page.dialog.getByLabel('Status').selectOption('resolved')
    await accessible(tab)
    await page.dialog.getByRole('button', { name: 'Save' }).click()
    await tab.getByText('Set to Resolved').waitFor()
    assert.equal((await all())[0].actions.status, 'resolved')

    await page.button('Change “Thanks”').click()
    await page.dialog.getByLabel('Description').fill('After a kind word')
    await page.dialog.getByRole('button', { name: 'Save' }).click()
    await tab.getByText('After a kind word').waitFor()

    await page.button('Duplicate “Thanks”').click()
    assert.equal(await page.dialog.getByLabel('Name').inputValue(), 'Thanks (copy)')
    await page.dialog.getByLabel('Name').fill('Sorry')
    await page.dialog.getByLabel('Only I see it').check()
    await page.dialog.getByRole('button', { name: 'Save' }).click()
    await tab.getByRole('heading', { name: 'Yours alone' }).waitFor()

    await tab.getByRole('searchbox', { name: 'Find a quick action' }).fill('sor')
    await page.button('Change “Thanks”').waitFor({ state: 'detached' })
    await page.button('Delete “Sorry”').click()
    await tab.getByText('No quick action matches').waitFor()
    await page.button('Undo').click()
    await page.button('Delete “Sorry”').waitFor()
    await page.button('Delete “Sorry”').click()
    await until('it is deleted', async () => (await all()).length === 1)
})

story('tags have their counts and lead to their tickets', {}, async ({ open, desk }) => {
    const filed = []
    for (const tags of [['parcel, lost', 'depot'], ['depot'], ['quiet']]) filed.push(await desk.agent.file(`About ${tags}`, { status: 'open', tags }))
    await desk.drain()
    const page = await open('/inbox/1/settings/tags')
    const { tab } = page
    const links = tab.getByRole('link', { name: /: \d+ tickets?$/ })
    await tab.getByRole('link', { name: 'depot: 2 tickets' }).waitFor()
    assert.match(await links.first().getAttribute('aria-label'), /^depot/)
    await tab.getByLabel('Most used first').uncheck()
    await until('tags are in order', async () => {
        const names = await links.locator('.name').allInnerTexts()
        return names.indexOf('depot') < names.indexOf('parcel, lost') && names.indexOf('parcel, lost') < names.indexOf('quiet')
    })
    await accessible(tab)
    await tab.getByRole('searchbox', { name: 'Find a tag' }).fill('lost')
    await tab.getByRole('link', { name: 'quiet: 1 ticket' }).waitFor({ state: 'detached' })
    await tab.getByRole('link', { name: 'parcel, lost: 1 ticket' }).click()
    await page.row(filed[0].ticket_number).waitFor()
    assert.deepEqual(await page.numbers(), [filed[0].ticket_number])
})

story('the audit says who did what, narrows, and goes back page by page', {}, async ({ open, desk }) => {
    for (let at = 1; at <= PAGE + 1; at += 1) await desk.agent.call('POST', '/api/projects/1/roles/', { name: `Role ${at}` })
    await desk.agent.call('PATCH', '/api/projects/1/', { conversations_settings: { reopen_within_days: 12 } })
    const ben = await desk.agent.colleague('Ben')
    const page = await open('/inbox/1/settings/audit')
    const { tab } = page
    const entries = tab.getByRole('list', { name: 'Entries, the newest first' }).locator('.entry')
    await entries.filter({ hasText: 'Agent added “Ben” to the project' }).getByText('by the key “Local”, from 127.0.0.1').waitFor()
    const settings = entries.filter({ hasText: 'changed the settings of' }).first()
    await settings.getByRole('button', { name: '1 value' }).click()
    await settings.getByText('reopen within days').waitFor()
    await settings.getByText('12', { exact: true }).waitFor()
    await accessible(tab)

    await tab.getByLabel('What').selectOption('role.created')
    await until('only roles are shown', async () => {
        const texts = await entries.locator('p:first-child').allInnerTexts()
        return texts.length === PAGE && texts.every((text) => text.includes('made the role'))
    })
    await page.button('Earlier entries').click()
    await entries.filter({ hasText: 'made the role “Role 1”' }).first().waitFor()
    await page.button('Earlier entries').waitFor({ state: 'detached' })

    await tab.getByLabel('By', { exact: true }).selectOption(`user:${ben.member.id}`)
    await tab.getByText('Nothing is recorded').waitFor()
    await page.button('Show everything').click()
    await entries.filter({ hasText: 'Agent added “Ben” to the project' }).waitFor()
})
