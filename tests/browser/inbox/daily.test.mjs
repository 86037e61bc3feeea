// What an agent does all day by keyboard: through views, drafts and what was found, on from ticket to ticket, with nothing that
// jumps or lies over what is read.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const LIST = '/inbox/1?order_by=-ticket_number'
const WIDTHS = [320, 760, 1200, 1600]

/** Tickets of the story's own, with their numbers, the last one first as in the list. */
async function file(desk, name, count) {
    const found = []
    for (let at = 1; at <= count; at += 1) found.unshift(await desk.agent.listed(await new Customer(desk, `${name} ${at}`).says(`${name} asks ${at}`)))
    return found
}

const isAt = (page, path) => page.tab.waitForURL((url) => (url.pathname + url.search).startsWith(path))
const isOpen = (page, { ticket_number: number }) => isAt(page, `/inbox/1/t/${number}`)
const focused = (page) => page.tab.evaluate(() => document.activeElement?.textContent.trim() ?? '')
const rowHasFocus = (page, { ticket_number: number }) =>
    until(`the row of #${number} has the focus`, () => page.tab.evaluate((number) => document.activeElement?.matches('[data-row]') && document.activeElement.textContent.includes(`#${number}`), number))

async function press(page, keys) {
    for (const key of keys.split(' ')) await page.press(key)
}

/** Nothing hidden makes the page taller or wider than its window. */
async function fits(page) {
    const size = await page.tab.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement
        return [scrollWidth - innerWidth, scrollHeight - innerHeight]
    })
    assert.deepEqual(size, [0, 0], 'the document is as large as its window')
}

story('the keys of the list move through the views and the drafts', {}, async ({ open, desk }) => {
    const [first, second] = await file(desk, 'Vera', 2)
    const page = await open(LIST)
    await page.row(first.ticket_number).waitFor()
    await press(page, 'g v')
    await page.tab.getByRole('link', { name: /^Everything|^Next up/ }).and(page.tab.locator(':focus')).waitFor()
    for (const [key, name] of [['Home', 'Next up'], ['ArrowDown', 'Mine'], ['j', 'Unassigned'], ['k', 'Mine'], ['ArrowUp', 'Next up']]) {
        await page.press(key)
        assert.match(await focused(page), new RegExp(`^${name}`), `${key} leads to ${name}`)
    }
    await press(page, 'ArrowDown j Enter')
    await isAt(page, '/inbox/1?status=new,open,pending,on_hold&assignee=unassigned')
    await until('the list of the view has the focus', () => page.tab.evaluate(() => document.activeElement?.matches('[data-row]')))

    for (const { ticket_number: number } of [second, first]) {
        await page.openTicket(number)
        await page.write('Note', `A note on ${number}`)
        await page.write('Reply', `Half a reply to ${number}`)
    }
    await page.composer.press('Escape')
    await page.tab.getByRole('link', { name: /^Drafts\s*4$/ }).waitFor()
    await press(page, 'g d')
    const drafts = page.tab.getByRole('list', { name: 'Drafts' }).getByRole('link')
    await until('the drafts are there, and the newest has the focus', async () => (await drafts.count()) === 4 && (await drafts.first().evaluate((row) => row === document.activeElement)))
    const current = page.tab.getByRole('navigation', { name: 'Views' }).locator('[aria-current=page]')
    assert.deepEqual(await current.allInnerTexts().then((all) => all.map((text) => text.split('\n')[0])), ['Drafts'])
    for (const [key, at] of [['j', 1], ['ArrowDown', 2], ['k', 1], ['k', 0]]) {
        await page.press(key)
        assert.ok(await drafts.nth(at).evaluate((row) => row === document.activeElement), `${key} leads to row ${at}`)
    }
    await page.press('Enter')
    await isOpen(page, first)
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    // From one ticket with drafts the next one is another ticket, however many drafts the one has.
    await press(page, 'Escape j')
    await isOpen(page, second)
    await press(page, 'k')
    await isOpen(page, first)
    await press(page, 'g w')
    await isAt(page, '/inbox/1/workflows')
    assert.deepEqual(await current.allInnerTexts().then((all) => all.map((text) => text.split('\n')[0])), ['Workflows'])
})

story('what is searched for is a key away, and so are filters, order and saving a view', {}, async ({ open, desk }) => {
    const [first, second] = await file(desk, 'Quirin', 2)
    const page = await open(LIST)
    await page.row(first.ticket_number).waitFor()
    await page.press('/')
    await page.tab.keyboard.type('Quirin')
    await page.press('Enter')
    await rowHasFocus(page, first)
    await press(page, 'j Enter')
    await isOpen(page, second)
    await page.press('Escape')
    await rowHasFocus(page, second)

    await page.press('/')
    await page.tab.keyboard.type(`#${first.ticket_number}`)
    await page.press('Enter')
    await isOpen(page, first)
    await until('the conversation has the focus', () => page.tab.evaluate(() => document.activeElement?.dataset.region === 'thread'))
    await page.press('Escape')
    await rowHasFocus(page, first)

    const menu = page.tab.getByRole('menu')
    for (const [key, item] of [['f', 'Status'], ['Shift+S', 'Newest change']]) {
        await page.press(key)
        await menu.getByRole(/^S/.test(key) ? 'menuitemcheckbox' : 'menuitem', { name: item, exact: true }).and(page.tab.locator(':focus')).waitFor()
        await page.press('Escape')
        await menu.waitFor({ state: 'detached' })
    }
    await page.press('Shift+F')
    await page.tab.getByRole('dialog', { name: 'Save as a view' }).waitFor()
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })

    for (const [typed, name] of [['filter', 'Filter the list'], ['sort', 'Sort and display the list'], ['save view', 'Save the list as a view']]) {
        await page.press('Control+k')
        await page.tab.getByRole('combobox', { name: 'Commands' }).fill(typed)
        await page.tab.getByRole('option', { name }).waitFor()
        await page.press('Escape')
        await page.dialog.waitFor({ state: 'detached' })
    }
    await press(page, 'x')
    await page.tab.getByRole('button', { name: 'Select none' }).focus()
    await page.press('Escape')
    await rowHasFocus(page, first)
    await page.press('?')
    for (const name of ['Send and resolve', 'Mention a colleague, in a note', 'To what a row has in it', 'Filter the list'])
        await page.dialog.getByText(name, { exact: true }).waitFor()
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
})

story('after setting Pending or snoozing the agent goes on as after resolving, and undo leads back', {}, async ({ open, desk }) => {
    const [first, second, third] = await file(desk, 'Greta', 3)
    const page = await open(LIST)
    await page.row(first.ticket_number).click()
    await page.messages.first().waitFor()
    await page.press('w')
    await isOpen(page, second)
    // The next key means the ticket that is open now.
    await rowHasFocus(page, second)
    await until('the first one waits', async () => (await desk.agent.read(first.id)).status === 'pending')
    await page.press('z')
    await isOpen(page, first)
    await until('it is as before', async () => (await desk.agent.read(first.id)).status === 'new')
    await rowHasFocus(page, first)
    await press(page, 'j Enter')
    await isOpen(page, second)
    await page.tab.locator('[data-region=thread]').focus()
    await page.sidebar.getByText('Distinct id').waitFor()
    await page.press('h')
    await page.tab.getByRole('button', { name: /^In 3 hours/ }).and(page.tab.locator(':focus')).waitFor()
    await page.press('Enter')
    await isOpen(page, third)
    await until('the second one sleeps', async () => (await desk.agent.read(second.id)).snoozed_until !== null)
    // The keys go on where the eyes are.
    await page.press('k')
    await isOpen(page, second)
})

story('a ticket that a colleague deleted says so, and the next one is a key away', { allow: [/ 404 /] }, async ({ open, desk }) => {
    const [first, second, third] = await file(desk, 'Dora', 3)
    const page = await open(LIST)
    await page.row(first.ticket_number).waitFor()
    await page.row(second.ticket_number).click()
    await page.messages.first().waitFor()
    await page.sidebar.getByText('Distinct id').waitFor()
    await desk.agent.call('DELETE', `/api/projects/1/conversations/tickets/${second.id}/`)
    await page.thread.getByText('This ticket was deleted').waitFor()
    await page.row(second.ticket_number).waitFor({ state: 'detached' })
    await page.sidebar.getByText('This ticket was deleted').waitFor()
    assert.equal(await page.sidebar.getByText('Distinct id').count(), 0, 'its details are not shown any more')
    await page.tab.locator('[data-region=thread]').focus()
    await page.press('j')
    await isOpen(page, third)
    await page.messages.first().waitFor()
    await page.press('k')
    await isOpen(page, first)

    // One that is opened when it is gone already says so at once.
    const [last] = await file(desk, 'Dorian', 1)
    await page.go(LIST)
    await page.row(last.ticket_number).waitFor()
    await desk.agent.call('DELETE', `/api/projects/1/conversations/tickets/${last.id}/`)
    await page.row(last.ticket_number).click()
    await page.thread.getByText('This ticket was deleted').waitFor()
    await page.thread.getByRole('button', { name: 'Next ticket' }).click()
    await isOpen(page, first)
})

story('what was just done is said where it covers nothing, at every width', {}, async ({ open, desk }) => {
    const [ticket] = await file(desk, 'Toni', 1)
    for (const width of WIDTHS) {
        const page = await open(LIST, { fresh: true, viewport: { width, height: 800 } })
        await page.openTicket(ticket.ticket_number)
        await page.press(width === WIDTHS[0] ? 'i' : 'Shift+O')
        const toast = page.tab.locator('.toast').first()
        await toast.waitFor()
        await until(`at ${width} px it lies on its own room alone`, () =>
            toast.evaluate((toast) => {
                const { left, right, top, bottom } = toast.getBoundingClientRect()
                const corners = [[left, top], [right, top], [left, bottom], [right, bottom]].map(([x, y]) => [x + (x === left ? 3 : -3), y + (y === top ? 3 : -3)])
                const below = ([x, y]) => document.elementsFromPoint(x, y).find((element) => !element.closest('.toasts'))
                return left >= 0 && right <= innerWidth && bottom <= innerHeight && corners.every((corner) => below(corner)?.matches('.toast-room') === true)
            }))
        await fits(page)
        await toast.getByRole('button', { name: 'Close' }).click()
        await toast.waitFor({ state: 'detached' })
        await until('the room is given back', () => page.tab.evaluate(() => document.querySelector('.toast-room').clientHeight === 0))
    }
})

story('opening and closing the details moves nothing that is read, and rows say how many tags they hide', { viewport: { width: 1600, height: 900 } }, async ({ open, desk }) => {
    const [ticket] = await file(desk, 'Lea', 1)
    await desk.agent.update(ticket.id, { tags: ['one', 'two', 'three'] })
    const page = await open(LIST)
    await page.row(ticket.ticket_number).getByText('+1', { exact: true }).waitFor()
    await page.openTicket(ticket.ticket_number)
    await page.sidebar.waitFor()
    const boxes = () => page.tab.evaluate(() => [...document.querySelectorAll('[data-region=rail], [data-region=list], article, form')].map((part) => {
        const { left, top, width, height } = part.getBoundingClientRect()
        return [left, top, width, height].join(' ')
    }))
    const before = await boxes()
    await fits(page)
    await page.press('c')
    await page.sidebar.waitFor({ state: 'detached' })
    assert.deepEqual(await boxes(), before)
    await fits(page)
})

story('a quick action that is half written asks before it goes', {}, async ({ open }) => {
    const page = await open('/inbox/1/settings/quick-actions')
    await page.button('New quick action').click()
    const form = page.tab.getByRole('dialog', { name: 'New quick action' })
    await form.getByLabel('Name').fill('Half')
    await page.press('Escape')
    const asked = page.tab.getByRole('dialog', { name: 'Leave without saving?' })
    await asked.getByRole('button', { name: 'Stay here' }).click()
    await asked.waitFor({ state: 'detached' })
    assert.equal(await form.getByLabel('Name').inputValue(), 'Half')
    await page.press('Escape')
    await asked.getByRole('button', { name: 'Leave without saving' }).click()
    await page.dialog.waitFor({ state: 'detached' })
    // One in which nothing was written goes at once.
    await page.button('New quick action').click()
    await form.waitFor()
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
})
