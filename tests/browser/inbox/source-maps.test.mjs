// The settings' list of source maps: one is uploaded as a file, refused in words, found, deleted, and the audit tells of it.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { section } from './settings.mjs'
import { stories } from './story.mjs'

const story = stories()

const MAPS = '/api/projects/1/source_maps/'
const CHUNK = '0193b8a4-7c3e-7b7a-9f5f-0d2f6a5e1c11'
const map = (more = {}) => ({ version: 3, sources: ['cart.ts'], sourcesContent: ['const secret = 1'], names: ['pay'], mappings: 'AAAAA', ...more })
const file = (content, name = 'app.js.map') => ({ name, mimeType: 'application/json', buffer: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)) })

const all = async ({ agent }) => (await agent.call('GET', MAPS)).json.results
const form = ({ tab }) => tab.getByRole('form', { name: 'Upload a source map' })
const choose = async (page, ...chosen) => form(page).getByLabel('The map', { exact: true }).setInputFiles(file(...chosen))
const upload = (page) => form(page).getByRole('button', { name: 'Upload' }).click()

story('a map is uploaded with its progress, takes the place of the one before, and is deleted', {}, async ({ open, desk }) => {
    const page = await open('/inbox/1/settings/source-maps')
    await section(page, 'source-maps', 'Source maps')
    const { tab } = page
    await tab.getByText('No source maps yet').waitFor()
    await accessible(tab)

    await choose(page, map({ chunk_id: CHUNK }))
    assert.equal(await form(page).getByLabel('Id of the script').inputValue(), CHUNK, 'the id stands in the map')
    let go
    const held = new Promise((resolve) => (go = resolve))
    await tab.route(`**${MAPS}**`, async (route) => {
        await held
        await route.continue()
    })
    await upload(page)
    await form(page).getByRole('progressbar', { name: 'Upload' }).waitFor()
    assert.ok(await form(page).getByRole('button', { name: 'Upload' }).isDisabled())
    await accessible(tab)
    go()
    const row = tab.getByRole('listitem').filter({ hasText: CHUNK })
    await row.getByText(/^Script with this id\. \d+ kB, kept as \d+ kB$/).waitFor()
    await row.getByText(/^Uploaded .+, kept until .+\d{4}$/).waitFor()
    await tab.getByText('1 of 200 maps').waitFor()
    await form(page).getByRole('progressbar').waitFor({ state: 'detached' })
    await tab.unroute(`**${MAPS}**`)

    const [first] = await all(desk)
    assert.equal(first.size, JSON.stringify({ ...map({ chunk_id: CHUNK }), sourcesContent: undefined }).length, 'the sources’ texts stay here')
    await choose(page, map({ chunk_id: CHUNK, names: ['pay', 'paid'] }))
    await page.during('PUT', /\/source_maps\/$/, () => upload(page))
    await choose(page, map())
    await form(page).getByLabel('The script is known by').selectOption('its address')
    await form(page).getByLabel('Address of the script').fill('https://shop.example/assets/app.js?v=3')
    await upload(page)
    await tab.getByText('https://shop.example/assets/app.js', { exact: true }).waitFor()
    await tab.getByText('2 of 200 maps').waitFor()
    assert.equal((await all(desk)).length, 2, 'the same script has one map')

    await tab.getByRole('searchbox', { name: 'Find a source map' }).fill('shop')
    await row.waitFor({ state: 'detached' })
    await page.button('Delete the map of https://shop.example/assets/app.js').click()
    await accessible(tab)
    await page.dialog.getByRole('button', { name: 'Delete the map' }).click()
    await page.dialog.waitFor({ state: 'detached' })
    await tab.getByText('No source map matches.').waitFor()
    assert.deepEqual((await all(desk)).map(({ chunk_id }) => chunk_id), [CHUNK])

    await page.go('/inbox/1/settings/audit')
    const entries = tab.getByRole('list', { name: 'Entries, the newest first' }).locator('.entry')
    await entries.filter({ hasText: 'Agent deleted the source map of “https://shop.example/assets/app.js”' }).waitFor()
    await tab.getByLabel('What').selectOption('source_map.uploaded')
    await entries.filter({ hasText: `Agent uploaded the source map of “${CHUNK}”` }).nth(1).waitFor()
})

story('what the desk does not take is said where it is wrong, and what was typed stays', { allow: [/status of 4\d\d /, /net::ERR_FAILED/] }, async ({ open, desk }) => {
    const before = await all(desk)
    const page = await open('/inbox/1/settings/source-maps')
    await section(page, 'source-maps', 'Source maps')
    await upload(page)
    await form(page).getByText('Choose a file first.').waitFor()
    await form(page).getByLabel('The map', { exact: true }).and(page.tab.locator(':focus')).waitFor()

    await choose(page, map())
    const address = form(page).getByLabel('Address of the script')
    await upload(page)
    await form(page).getByText('Say which script the map is of.').waitFor()
    await address.and(page.tab.locator(':focus')).waitFor()
    await address.fill('app.js')
    await upload(page)
    await form(page).getByText(/^Must be the script's whole address/).waitFor()
    await address.and(page.tab.locator(':focus')).waitFor()
    await address.fill('https://shop.example/app.js')
    await choose(page, '{"version": 3', 'broken.map')
    await upload(page)
    await form(page).getByText(/^The map is not JSON: an error at line 1/).waitFor()
    await choose(page, { ...map(), mappings: 'AAAA!' })
    await upload(page)
    await form(page).getByText(/`mappings` can't be decoded/).waitFor()
    await accessible(page.tab)
    await page.tab.route(`**${MAPS}**`, (route) => route.fulfill({ status: 413, json: { detail: 'too large' } }))
    await upload(page)
    await form(page).getByText(/^This map is larger than the desk takes/).waitFor()
    await page.tab.unroute(`**${MAPS}**`)
    await page.tab.route(`**${MAPS}**`, (route) => route.abort())
    await upload(page)
    await form(page).getByText(/^The desk does not answer/).waitFor()
    await page.tab.unroute(`**${MAPS}**`)
    assert.equal(await address.inputValue(), 'https://shop.example/app.js')
    assert.deepEqual(await all(desk), before)
    await page.tab.setViewportSize({ width: 320, height: 720 })
    await until('nothing is scrolled sideways', () => page.tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
})
