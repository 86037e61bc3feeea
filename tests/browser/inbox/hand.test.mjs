// Which ticket a key means: what is selected; else the open ticket, unless the list was used since it was opened. The page marks it.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
const LIST = '/inbox/1?order_by=-ticket_number'
const ROLES = 101

/** Tickets of the story's own, with their numbers, the last one first as in the list. */
async function file(desk, name, count) {
    const found = []
    for (let at = 1; at <= count; at += 1) found.unshift(await desk.agent.listed(await new Customer(desk, `${name} ${at}`).says(`${name} asks ${at}`)))
    return found
}

async function press(page, keys) {
    for (const key of keys.split(' ')) await page.press(key)
}

/** The numbers of the tickets that are marked, in the list and over the conversation. */
const marked = (page) => page.tab.evaluate(() =>
    [...document.querySelectorAll('.at-hand')].map((mark) => Number(/#(\d+)/.exec(mark.textContent)[1])))
const isMarked = (page, { ticket_number: number }, times) =>
    until(`#${number} alone is marked, ${times} times`, async () => {
        const all = await marked(page)
        return all.length === times && all.every((each) => each === number)
    })
const statusOf = async (desk, { id }) => (await desk.agent.listed(id)).status

story('a key means the open ticket, until the list is used, and again once the conversation is', {}, async ({ open, desk }) => {
    const [first, second, third] = await file(desk, 'Ute', 3)
    const page = await open(LIST)
    await page.row(first.ticket_number).click()
    await page.message('Ute asks 3').waitFor()
    await isMarked(page, first, 2)
    await press(page, 'j j')
    await isMarked(page, third, 1)
    await page.during('PATCH', new RegExp(`/tickets/${third.id}/$`), () => page.press('w'))
    await page.message('Ute asks 3').click()
    await isMarked(page, first, 2)
    await page.during('PATCH', new RegExp(`/tickets/${first.id}/$`), () => page.press('Shift+O'))
    await desk.drain()
    assert.equal(await statusOf(desk, second), 'new', 'the ticket between was never meant')
    // A dialog gives the mark back to what it was about.
    await page.row(second.ticket_number).focus()
    await isMarked(page, second, 1)
    await page.press('#')
    await page.tab.getByRole('dialog', { name: `Delete ticket #${second.ticket_number}?` }).waitFor()
    await page.button('Cancel').and(page.tab.locator(':focus')).waitFor()
    await page.press('Enter')
    await page.dialog.waitFor({ state: 'detached' })
    await isMarked(page, second, 1)
})

story('a key that means a row out of view shows it, and does nothing else', { viewport: { width: 1400, height: 500 } }, async ({ open, desk }) => {
    const [first, ...others] = await file(desk, 'Far', 16)
    const page = await open(LIST)
    await page.row(first.ticket_number).waitFor()
    await page.press('j')
    await isMarked(page, first, 1)
    await page.list.hover()
    await page.tab.mouse.wheel(0, 64 * others.length)
    await until('the row is out of view', () => page.list.evaluate((list) => list.scrollTop > 200))
    await page.press('w')
    await until('the row is in view again', () => page.list.evaluate((list) => list.scrollTop < 64))
    assert.equal(await statusOf(desk, first), 'new')
    await page.during('PATCH', new RegExp(`/tickets/${first.id}/$`), () => page.press('w'))
    assert.equal(await statusOf(desk, first), 'pending')
})

story('where several are selected, what works on one ticket says so, once; one that leaves the list is selected no longer', {}, async ({ open, desk }) => {
    const [first, second] = await file(desk, 'Sel', 2)
    const page = await open('/inbox/1?status=new&order_by=-ticket_number')
    await page.row(first.ticket_number).click()
    await page.message('Sel asks 2').waitFor()
    await press(page, 'x Shift+J')
    await until('nothing alone is marked', async () => (await marked(page)).length === 0)
    await press(page, 'r l r')
    const said = page.tab.locator('.toast').filter({ hasText: 'This works on one ticket, and 2 are selected.' })
    await said.waitFor()
    assert.equal(await said.count(), 1)
    assert.equal(await page.composer.and(page.tab.locator(':focus')).count(), 0, 'no reply is begun')
    const bar = page.tab.getByRole('group', { name: 'Selected tickets' })
    await desk.agent.update(second.id, { status: 'resolved' })
    await page.news.waitFor()
    await page.press('.')
    await bar.getByText('1 selected').waitFor()
    // One that is selected alone is meant by every key.
    await isMarked(page, first, 2)
    await page.press('r')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
})

story('Enter where no quick action is found sends nothing', {}, async ({ open, desk }) => {
    const [ticket] = await file(desk, 'Quick', 1)
    const page = await open(LIST)
    await page.openTicket(ticket.ticket_number)
    await page.write('Reply', 'Half a reply')
    await page.composer.press('Escape')
    await page.press('m')
    const field = page.tab.getByRole('combobox', { name: 'Quick action' })
    await field.fill('nothing is called so')
    await field.press('Enter')
    await field.press('Escape')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    assert.equal(await page.composer.inputValue(), 'Half a reply')
    assert.equal(await page.tab.getByText('Sending in').count(), 0)
})

story('the palette lists what concerns the open ticket where one is open, and every role', { timeout: 180_000 }, async ({ open, desk }) => {
    const [ticket] = await file(desk, 'Pal', 1)
    for (let at = 1; at <= ROLES; at += 1) await desk.agent.call('POST', '/api/projects/1/roles/', { name: `Shift ${at}` })
    const page = await open(LIST)
    await page.row(ticket.ticket_number).waitFor()
    const palette = page.tab.getByRole('dialog', { name: 'Commands' })
    const offers = async (typed, count) => {
        await page.press('Control+k')
        await palette.getByRole('combobox').or(palette.getByRole('textbox')).first().fill(typed)
        await until(`${count} entries are called ${typed}`, async () => (await palette.getByRole('option').filter({ hasText: new RegExp(`^${typed}`) }).count()) === count)
        await page.press('Escape')
        await palette.waitFor({ state: 'detached' })
    }
    await page.press('j')
    const [activity, why] = ['Activity', 'Why']
    await offers(activity, 0)
    await offers(why, 0)
    await offers(`Assign to Shift ${ROLES}`, 1)
    await page.press('Enter')
    await page.message('Pal asks 1').waitFor()
    await offers(activity, 1)
    await offers(why, 1)
})

story('Escape leads out of a search, and a place without a row keeps the focus', {}, async ({ open, desk }) => {
    const [ticket] = await file(desk, 'Esc', 1)
    const page = await open(LIST)
    await page.row(ticket.ticket_number).waitFor()
    await press(page, '/')
    await page.tab.keyboard.type('esc 1')
    await page.tab.waitForURL(/search=esc/)
    await page.press('Enter')
    await until('a row has the focus', () => page.tab.evaluate(() => document.activeElement?.matches('[data-row]')))
    await page.press('Escape')
    await page.tab.waitForURL((url) => !url.search.includes('search='))
    for (const keys of ['g z', 'g d']) {
        await press(page, keys)
        await until(`the list has the focus after ${keys}`, () => page.tab.evaluate(() => document.activeElement?.matches('[data-region=list]')))
    }
})

story('a toast in the settings moves neither the bar that saves nor what is read', {}, async ({ open }) => {
    for (const width of [320, 920, 1240]) {
        const page = await open('/inbox/1/settings/targets', { fresh: true, viewport: { width, height: 700 } })
        await page.button('Begin with the example').click()
        const toast = page.tab.locator('.toast')
        await toast.waitFor()
        const places = () => page.tab.evaluate(() => [...document.querySelectorAll('.bar, .content [data-head]')].map((part) => Math.round(part.getBoundingClientRect().top)))
        await until('the room is as high as the toast', () => page.tab.evaluate(() => document.querySelector('.toast-room').clientHeight >= document.querySelector('.toast').clientHeight))
        const during = await places()
        await toast.getByRole('button', { name: 'Close' }).click()
        await until('the room is given back', () => page.tab.evaluate(() => document.querySelector('.toast-room').clientHeight === 0))
        await until(`nothing has moved at ${width} px`, async () => JSON.stringify(await places()) === JSON.stringify(during))
        await page.button('Discard').click()
    }
})
