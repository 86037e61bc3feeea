// Every filter is the desk's own, and the address is the list.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

/** A screen so high that every row of these lists is in the page. */
const HIGH = { viewport: { width: 1400, height: 2400 } }
const EVERYTHING = '/inbox/1?order_by=-updated_at'

let prepared
/** A desk on which every filter finds some tickets and leaves others out. */
const prepare = (desk) => (prepared ??= fill(desk))

async function fill({ agent, ...desk }) {
    const { json: role } = await agent.call('POST', '/api/projects/1/roles/', { name: 'Billing' })
    await agent.call('PATCH', `/api/projects/1/roles/${role.id}/`, { members: [1] })
    const soon = new Date(Date.now() + 3_600_000 * 72).toISOString()
    const before = new Date(Date.now() - 60_000).toISOString()
    const changes = [
        { status: 'pending', priority: 'high', tags: ['billing', 'vip'], assignee: { type: 'user', id: 1 } },
        { status: 'pending', priority: 'low', tags: ['billing'], assignee: { type: 'role', id: role.id } },
        { status: 'open', priority: 'high', tags: ['vip'], sla_due_at: soon },
        { status: 'open', priority: 'medium', sla_due_at: before },
        { status: 'on_hold', tags: ['shipping, abroad'] },
        { status: 'open', snoozed_until: soon },
        { status: 'resolved', priority: 'high', tags: ['billing'] },
        {},
    ]
    for (const [at, change] of changes.entries()) {
        const { id } = await agent.file(`Question ${at}`, { status: 'open' })
        await agent.update(id, change)
    }
    const chat = new Customer({ ...desk, url: agent.desk }, 'Žofie Nováková', { email: 'zofie@example.cz' })
    await chat.says('Dobrý den, kde je můj balík?')
    const other = new Customer({ ...desk, url: agent.desk }, 'Zora Blau', { email: 'zora@example.org' })
    await other.says('I was charged twice')
    return { role, chat, other }
}

/** What the API finds by the page's own address. */
async function found(page) {
    const { search } = new URL(page.tab.url())
    const { results, next } = await page.desk.agent.tickets(`${search}&limit=100`)
    assert.equal(next, null)
    return results.map(({ ticket_number: number }) => number)
}

/** The page shows the rows that the API finds by its address, in the same order. Returns them. */
async function asTheApiFinds(page, what) {
    const expected = await found(page)
    await until(`the rows of ${what} are ${expected}`, async () => String(await page.numbers()) === String(expected))
    return expected
}

const picker = (page) => page.tab.getByPlaceholder('Search', { exact: true })

/** Chooses by the keyboard in the picker that has just opened. Its field is focused: the first letter is typed at once. */
async function choose(page, typed) {
    await picker(page).and(page.tab.locator(':focus')).waitFor()
    await page.tab.keyboard.type(typed)
    // On a busy machine Enter can come before the choices are narrowed.
    await page.tab.getByRole('option', { name: new RegExp(typed, 'i'), selected: true }).waitFor()
    await page.press('Enter')
}

async function addFilter(page, name) {
    await page.tab.getByRole('button', { name: 'Filter', exact: true }).click()
    await page.tab.getByRole('menuitem', { name, exact: true }).click()
}

/** Waits until the address has these parameters, and no other filter. */
const asks = (page, parameters) =>
    page.tab.waitForURL((url) => {
        const { order_by: _, ...asked } = Object.fromEntries(url.searchParams)
        return JSON.stringify(asked) === JSON.stringify(parameters)
    })

const CHOICES = [
    { facet: 'Status', typed: 'pend', parameters: { status: 'pending' } },
    { facet: 'Priority', typed: 'hi', parameters: { priority: 'high' } },
    { facet: 'Assignee', typed: 'nob', parameters: { assignee: 'unassigned' } },
    { facet: 'Deadline', typed: 'breach', parameters: { sla: 'breached' } },
    { facet: 'Channel', typed: 'chat', parameters: { channel_source: 'widget' } },
    { facet: 'Tags', chip: 'Any tag of', typed: 'billing', parameters: { tags: '["billing"]' } },
    { facet: 'Tags', chip: 'Any tag of', typed: 'abroad', parameters: { tags: '["shipping, abroad"]' } },
    { facet: 'Snoozed', typed: 'yes', parameters: { snoozed: 'true' } },
]

story('each filter alone shows what the API finds', HIGH, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(EVERYTHING)
    const all = await asTheApiFinds(page, 'everything')
    for (const { facet, chip = facet, typed, parameters } of CHOICES) {
        await addFilter(page, facet)
        await choose(page, typed)
        await asks(page, parameters)
        const rows = await asTheApiFinds(page, facet)
        assert.ok(rows.length > 0 && rows.length < all.length, `${facet} finds ${rows.length} of ${all.length}`)
        await page.press('Escape')
        await picker(page).waitFor({ state: 'detached' })
        await page.button(`Remove the filter ${chip}`).click()
        await asks(page, {})
    }
    assert.deepEqual(await asTheApiFinds(page, 'everything again'), all)
})

story('tags are asked for as any, all, or none of them', HIGH, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(`${EVERYTHING}&tags=["billing","vip"]`)
    const any = await asTheApiFinds(page, 'any tag')
    await page.button('Any tag of: billing, vip').click()
    await page.button('All').click()
    await asks(page, { tags_all: '["billing","vip"]' })
    const all = await asTheApiFinds(page, 'all tags')
    await page.press('Escape')
    await page.button('All tags of: billing, vip').click()
    await page.button('None').click()
    await asks(page, { tags_exclude: '["billing","vip"]' })
    const none = await asTheApiFinds(page, 'no tag')
    await page.press('Escape')
    assert.deepEqual([any.length, all.length, none.length], [4, 1, 6])
})

story('dates are asked for by presets and by days of the agent’s zone', { ...HIGH, timezoneId: 'Pacific/Auckland' }, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(EVERYTHING)
    const all = await asTheApiFinds(page, 'everything')
    for (const [facet, from, to] of [['Created', 'date_from', 'date_to'], ['Changed', 'updated_from', 'updated_to']]) {
        await addFilter(page, facet)
        await page.button('Last 7 days').click()
        await asks(page, { [from]: '-7d' })
        assert.deepEqual(await asTheApiFinds(page, `${facet} in the last 7 days`), all)
        // A day begins and ends in Auckland, and is sent as UTC.
        await page.tab.getByLabel('To', { exact: true }).fill('2026-07-01')
        await asks(page, { [from]: '-7d', [to]: '2026-07-01T11:59:59.999Z' })
        await page.tab.getByLabel('From', { exact: true }).fill('2026-07-01')
        await asks(page, { [from]: '2026-06-30T12:00:00.000Z', [to]: '2026-07-01T11:59:59.999Z' })
        await page.tab.getByRole('heading', { name: 'No ticket matches' }).waitFor()
        await page.press('Escape')
        await page.button(`Remove the filter ${facet}`).click()
        await asks(page, {})
    }
})

story('three filters at once, and their address in another browser', HIGH, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(`${EVERYTHING}&status=pending,resolved&priority=high&tags=["billing"]`)
    const rows = await asTheApiFinds(page, 'three filters')
    assert.equal(rows.length, 2)
    const chips = ['Status: Pending, Resolved', 'Priority: High', 'Any tag of: billing']
    for (const chip of chips) await page.button(chip).waitFor()

    const { pathname, search } = new URL(page.tab.url())
    const elsewhere = await open(pathname + search, { fresh: true })
    assert.deepEqual(await asTheApiFinds(elsewhere, 'the same address'), rows)
    for (const chip of chips) await elsewhere.button(chip).waitFor()

    // Backspace in the empty search takes the last one away.
    await page.press('/')
    await page.press('Backspace')
    await asks(page, { status: 'pending,resolved', priority: 'high' })
    await page.tab.goBack()
    await asks(page, { status: 'pending,resolved', priority: 'high', tags: '["billing"]' })
    assert.deepEqual(await asTheApiFinds(page, 'three filters again'), rows)
})

story('search finds numbers, beginnings of names and e-mail addresses, and explains when it finds nothing', HIGH, async ({ open, desk }) => {
    const { chat } = await prepare(desk)
    const { ticket_number: number } = await desk.agent.listed(chat.ticket)
    const page = await open(EVERYTHING)
    await page.rows.first().waitFor()
    const field = page.tab.getByRole('textbox', { name: 'Search', exact: true })
    const search = async (text) => {
        await page.press('/')
        await field.fill(text)
        await page.tab.waitForURL((url) => url.searchParams.get('search') === text)
        return asTheApiFinds(page, `a search for ${text}`)
    }

    assert.ok((await search(String(number))).includes(number))
    assert.deepEqual(await search('Žof'), [number])
    assert.deepEqual(await search('žofie nov'), [number])
    assert.deepEqual(await search('zofie@example.cz'), [number])
    for (const typed of [String(number), `#${number}`]) {
        await page.go(EVERYTHING)
        await page.rows.first().waitFor()
        await page.press('/')
        await field.fill(typed)
        await page.button(`Open #${number}`).waitFor()
        await page.press('Enter')
        await page.tab.waitForURL(`**/inbox/1/t/${number}`)
    }

    await page.go(`${EVERYTHING}&status=resolved&search=zofie`)
    await page.tab.getByRole('heading', { name: 'Nothing found' }).waitFor()
    await page.tab.getByText('The text of messages is not searched.').waitFor()
    await page.button('Search without the other filters').click()
    assert.deepEqual(await asTheApiFinds(page, 'the search alone'), [number])
})

story('an assignee is chosen by typing a role’s name, stands in the activity, and is filtered by', HIGH, async ({ open, desk }) => {
    const { role, other } = await prepare(desk)
    const { ticket_number: number } = await desk.agent.listed(other.ticket)
    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.press('a')
    await choose(page, 'Bill')
    await until('the role has the ticket', async () => (await desk.agent.listed(other.ticket)).assignee?.id === role.id)
    await page.sidebar.getByText('assigned it to Billing').waitFor()

    await page.go(EVERYTHING)
    await page.rows.first().waitFor()
    await addFilter(page, 'Assignee')
    await choose(page, 'Bill')
    await asks(page, { assignee: `role:${role.id}` })
    const rows = await asTheApiFinds(page, 'the role')
    assert.ok(rows.includes(number))
    await page.press('Escape')
})
