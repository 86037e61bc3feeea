// Every key of the table, on a Latin layout and on another one; and where a key must do nothing.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const LIST = '/inbox/1?order_by=-ticket_number'
const TICKETS = 8

let prepared
/** Tickets of customers, each with an unread message. */
const prepare = (desk) => (prepared ??= fill(desk))

async function fill(desk) {
    for (let at = 1; at <= TICKETS; at += 1) await new Customer(desk, `Customer ${at}`).says(`Question ${at}`)
    await desk.agent.call('POST', '/api/projects/1/conversations/quick_actions/', { name: 'Thanks', content: 'Thank you!' })
    const view = { name: 'Favourite', filters: { status: ['on_hold'] }, is_favorited: true }
    const { json: favorite } = await desk.agent.call('POST', '/api/projects/1/conversations/views/', view)
    if (!favorite.is_favorited)
        await desk.agent.call('PATCH', `/api/projects/1/conversations/views/${favorite.short_id}/`, { is_favorited: true })
    return { favorite }
}

const focusedRow = (page) => page.tab.evaluate(() => Number(document.activeElement?.querySelector('.number')?.textContent.slice(1)))
const focusedRegion = (page) => page.tab.evaluate(() => document.activeElement?.closest('[data-region]')?.dataset.region ?? null)
const isAt = (page, path) => page.tab.waitForURL((url) => (url.pathname + url.search).startsWith(path))

async function press(page, keys) {
    for (const key of keys.split(' ')) await page.press(key)
}

async function rowIs(page, key, number) {
    await press(page, key)
    await until(`${key} leads to #${number}`, async () => (await focusedRow(page)) === number)
}

/** The element that opens by a key, and is closed again by Escape. */
async function opens(page, key, what) {
    await press(page, key)
    await what.first().waitFor()
    await page.press('Escape')
    await what.first().waitFor({ state: 'detached' })
}

story('keys that work anywhere, and those that go to a view', {}, async ({ open, desk }) => {
    const { favorite } = await prepare(desk)
    const page = await open(LIST)
    await page.row(TICKETS).waitFor()

    await opens(page, 'Control+k', page.tab.getByRole('dialog', { name: 'Commands' }))
    await opens(page, '?', page.tab.getByRole('dialog', { name: 'Keyboard shortcuts' }))
    await page.press('/')
    await page.tab.getByRole('textbox', { name: 'Search' }).and(page.tab.locator(':focus')).waitFor()
    await page.press('Escape')

    await page.press('F6')
    const first = await focusedRegion(page)
    await page.press('F6')
    const second = await focusedRegion(page)
    assert.notEqual(first, second)
    await page.press('Shift+F6')
    assert.equal(await focusedRegion(page), first)

    const places = {
        'g m': 'status=new,open,pending,on_hold&assignee=me', 'g u': 'status=new,open,pending,on_hold&assignee=unassigned',
        'g o': 'status=new,open', 'g p': 'status=pending', 'g h': 'status=on_hold', 'g z': 'snoozed=true', 'g r': 'status=resolved',
        'g a': 'order_by=-updated_at',
    }
    for (const [keys, filters] of Object.entries(places)) {
        await press(page, keys)
        await isAt(page, `/inbox/1?${filters}`)
    }
    await press(page, 'g q')
    await page.tab.waitForURL((url) => url.pathname === '/inbox/1' && url.search === '')
    await press(page, 'g 1')
    await isAt(page, `/inbox/1/v/${favorite.short_id}`)
    await press(page, 'g d')
    await isAt(page, '/inbox/1/drafts')
    await press(page, 'g w')
    await isAt(page, '/inbox/1/workflows')
    await press(page, 'g q')
    await page.rows.first().waitFor()
    await press(page, 'g v')
    assert.equal(await focusedRegion(page), 'rail')
    await press(page, 'g s')
    await isAt(page, '/inbox/1/settings/personal')
})

story('keys of the list', {}, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(LIST)
    await page.row(TICKETS).waitFor()
    for (const [key, number] of [
        ['j', 8], ['ArrowDown', 7], ['k', 8], ['j', 7], ['ArrowUp', 8], ['End', 1], ['Home', 8], ['PageDown', 1], ['PageUp', 8],
    ]) await rowIs(page, key, number)

    const count = page.tab.getByRole('group', { name: 'Selected tickets' }).getByRole('status')
    const selects = async (keys, words) => {
        await press(page, keys)
        await count.getByText(words, { exact: true }).waitFor()
    }
    await selects('x', '1 selected')
    await selects('Shift+J', '2 selected')
    await selects('Shift+J', '3 selected')
    // It goes back along the range; what is selected stays so until it is chosen again.
    await press(page, 'Shift+K')
    await until('the row before has the focus', async () => (await focusedRow(page)) === 7)
    await selects('Space', '2 selected')
    await selects('Shift+J', '3 selected')
    await selects('* a', `${TICKETS} selected`)
    await press(page, '* n')
    await count.waitFor({ state: 'detached' })
    await selects('* u', `${TICKETS} selected`)
    await page.press('Escape')
    await count.waitFor({ state: 'detached' })

    // What is new waits while the agent is in the list, until it is asked for.
    await new Customer(desk, 'Late').says('One more')
    await page.news.waitFor()
    assert.equal(await page.row(TICKETS + 1).count(), 0)
    await page.press('.')
    await page.row(TICKETS + 1).waitFor()

    await rowIs(page, 'Home', TICKETS + 1)
    await page.press('Enter')
    await isAt(page, `/inbox/1/t/${TICKETS + 1}`)
    await page.press('Escape')
    await isAt(page, LIST)
    await rowIs(page, 'Home', TICKETS + 1)
    await page.press('o')
    await isAt(page, `/inbox/1/t/${TICKETS + 1}`)
})

story('keys of a ticket', { permissions: ['clipboard-read', 'clipboard-write'] }, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(LIST)
    await page.row(5).waitFor()
    const { id } = await desk.agent.numbered(5)
    const ticket = async (what, holds) => until(what, async () => holds(await desk.agent.listed(id)))
    const onTicket = async () => {
        await page.openTicket(5)
        await page.tab.getByRole('heading', { name: '#5' }).waitFor()
    }
    await onTicket()

    const picker = page.tab.getByPlaceholder('Search', { exact: true })
    for (const key of ['a', 's', 'y', 't']) await opens(page, key, picker)
    await opens(page, 'h', page.tab.getByRole('button', { name: /^Tomorrow, 9:00/ }))
    await opens(page, 'm', page.tab.getByRole('dialog', { name: 'Quick actions' }))
    await page.tab.locator('body').click({ position: { x: 700, y: 5 } })
    for (const [key, name] of [['r', 'Reply'], ['n', 'Note']]) {
        await page.press(key)
        await page.tab.getByRole('textbox', { name, exact: true }).and(page.tab.locator(':focus')).waitFor()
        await page.press('Escape')
        await until(`Escape leaves the ${name}`, async () => (await focusedRegion(page)) === 'thread' && !(await page.composer.evaluate((composer) => composer === document.activeElement)))
    }

    await page.press('i')
    await ticket('it is mine', ({ assignee }) => assignee?.id === 1)
    await page.press('w')
    await ticket('it is pending', ({ status }) => status === 'pending')
    await onTicket()
    await page.press('e')
    await ticket('it is resolved', ({ status }) => status === 'resolved')
    await onTicket()
    await page.press('Shift+O')
    await ticket('it is open', ({ status }) => status === 'open')
    await page.press('z')
    await ticket('that is undone', ({ status }) => status === 'resolved')
    await page.press('Shift+O')
    await ticket('it is open again', ({ status }) => status === 'open')

    await page.press('l')
    await page.tab.getByText('Link copied').waitFor()
    assert.equal(await page.tab.evaluate(() => navigator.clipboard.readText()), `${desk.url}/inbox/1/t/5`)
    await opens(page, '#', page.tab.getByRole('alertdialog').or(page.tab.getByRole('dialog', { name: 'Delete ticket #5?' })))
    assert.equal((await desk.agent.listed(id)).status, 'open', 'it was only asked')
    await page.press('u')
    await ticket('it is unread', ({ unread_team_count: unread }) => unread > 0)
    await page.tab.waitForURL((url) => !url.pathname.includes('/t/'))
})

story('keys of the open ticket', {}, async ({ open, desk }) => {
    await prepare(desk)
    const { id } = await desk.agent.numbered(6)
    for (const text of ['First', 'Second']) await desk.agent.reply(id, text)
    const page = await open(LIST)
    await page.row(6).waitFor()
    await rowIs(page, 'End', 1)
    await page.row(6).click()
    await isAt(page, '/inbox/1/t/6')
    await page.message('Second').waitFor()

    // A press on a row leaves the focus there; the keys of the open ticket work all the same.
    await page.sidebar.waitFor()
    await page.press('c')
    await page.sidebar.waitFor({ state: 'detached' })
    await page.press('c')
    await page.sidebar.waitFor()

    await page.tab.locator('[data-region=thread]').focus()
    const message = () => page.tab.evaluate(() => document.activeElement?.closest('article, li')?.textContent ?? '')
    await page.press('[')
    await until('the last message has the focus', async () => /First|Second/.test(await message()))
    const one = await message()
    await page.press('[')
    await until('the message before has it', async () => (await message()) !== one && /First|Question/.test(await message()))
    await page.press(']')
    await until('the next one has it again', async () => (await message()) === one)

    await page.press('j')
    await isAt(page, '/inbox/1/t/5')
    await page.press('k')
    await isAt(page, '/inbox/1/t/6')
    await page.message('Second').waitFor()
    await page.press('b')
    await page.sidebar.getByText('No policy', { exact: false }).or(page.sidebar.locator('.why')).first().waitFor()
    for (const [key, section] of [['Shift+P', 'previous'], ['Shift+A', 'activity']]) {
        await page.press(key)
        await until(`${key} shows ${section}`, () => page.sidebar.locator(`[data-section=${section}]`).evaluate((part) => part.contains(document.activeElement)))
        await page.tab.locator('[data-region=thread]').focus()
    }
    await page.press('Shift+N')
    await page.tab.waitForURL(/\/inbox\/1\/t\/\d+$/)
    await until('the queue’s next one is open', () => !/\/t\/6$/.test(page.tab.url()))
})

story('keys of the composer', {}, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(LIST)
    await page.openTicket(4)
    const { id } = await desk.agent.numbered(4)
    const stored = (text, status) =>
        until(`“${text}” is stored`, async () =>
            (await desk.agent.messages(id)).some(({ content }) => content === text) && (await desk.agent.listed(id)).status === status)

    await page.press('r')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    await page.press('Control+;')
    await page.tab.getByRole('textbox', { name: 'Note', exact: true }).and(page.tab.locator(':focus')).waitFor()
    await page.press('Control+;')
    await page.tab.getByRole('textbox', { name: 'Reply', exact: true }).and(page.tab.locator(':focus')).waitFor()
    for (const [key, marked] of [['b', '**word**'], ['i', /^([*_])word\1$/], ['e', '`word`']]) {
        await page.composer.fill('word')
        await page.composer.selectText()
        await page.press(`Control+${key}`)
        const value = await page.composer.inputValue()
        assert.ok(marked instanceof RegExp ? marked.test(value) : value === marked, `Control+${key} made ${value}`)
    }
    const { status: before } = await desk.agent.listed(id)
    for (const [key, text, status] of [
        ['Alt+Enter', 'As it is', before], ['Control+Enter', 'It waits', 'pending'], ['Control+Shift+Enter', 'It is done', 'resolved'],
    ]) {
        await page.openTicket(4)
        await page.press('r')
        await page.composer.and(page.tab.locator(':focus')).waitFor()
        await page.composer.fill(text)
        await page.press(key)
        if (status !== 'resolved') await page.button('Now').click()
        await stored(text, status)
    }
})

/** A key as a keyboard with another layout sends it. */
const strike = async (tab, { key, code, ...more }) => {
    const cdp = await tab.context().newCDPSession(tab)
    for (const type of ['keyDown', 'keyUp']) await cdp.send('Input.dispatchKeyEvent', { type, key, code, ...more })
    await cdp.detach()
}

story('letters of a Cyrillic layout do what stands on their keys', {}, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(LIST)
    await page.row(3).waitFor()
    const numbers = await page.numbers()
    for (const [letter, code, place] of [['о', 'KeyJ', 0], ['о', 'KeyJ', 1], ['л', 'KeyK', 0]]) {
        await strike(page.tab, { key: letter, code, windowsVirtualKeyCode: code.charCodeAt(3) })
        await until(`${letter} moves`, async () => (await focusedRow(page)) === numbers[place])
    }
    await strike(page.tab, { key: 'п', code: 'KeyG', windowsVirtualKeyCode: 71 })
    await strike(page.tab, { key: 'з', code: 'KeyP', windowsVirtualKeyCode: 80 })
    await isAt(page, '/inbox/1?status=pending')
})

story('in a field, while an input method composes, with other modifiers and switched off a key does nothing', {}, async ({ open, desk }) => {
    await prepare(desk)
    const page = await open(LIST)
    await page.openTicket(3)
    const { id } = await desk.agent.numbered(3)
    const before = await desk.agent.listed(id)
    const keys = 'jkxoeiwuac[].'
    let writes = 0
    page.tab.on('request', (request) => (writes += ['PATCH', 'DELETE', 'PUT'].includes(request.method()) && request.url().includes('/tickets/') ? 1 : 0))
    const unchanged = async (what) => {
        await page.nextNews()
        assert.equal(new URL(page.tab.url()).pathname, '/inbox/1/t/3', what)
        const { status, assignee, priority, tags } = await desk.agent.listed(id)
        assert.deepEqual({ status, assignee, priority, tags }, { status: before.status, assignee: before.assignee, priority: before.priority, tags: before.tags }, what)
        assert.equal(writes, 0, what)
    }

    await page.press('r')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    await page.tab.keyboard.type(keys)
    assert.equal(await page.composer.inputValue(), keys)
    await unchanged('in a field')

    // The input method has the keys, and Enter takes its word.
    const cdp = await page.tab.context().newCDPSession(page.tab)
    await cdp.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    for (const [key, code] of [['Process', 'KeyE'], ['Process', 'Enter']])
        await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key, code, windowsVirtualKeyCode: 229, modifiers: 2 })
    await cdp.send('Input.insertText', { text: '日本' })
    assert.equal(await page.composer.inputValue(), `${keys}日本`)
    await unchanged('while an input method composes')
    assert.equal((await desk.agent.messages(id)).length, 1)
    await page.composer.fill('')
    await page.press('Escape')

    for (const key of ['Control+Alt+e', 'Alt+e', 'Alt+i', 'Control+Alt+w', 'Meta+Alt+i']) await page.press(key)
    await unchanged('with other modifiers')

    await page.press('Control+k')
    await page.tab.getByRole('combobox').fill('Preferences')
    await page.press('Enter')
    await page.dialog.getByRole('tab', { name: 'Keyboard' }).click()
    await page.dialog.getByRole('group', { name: 'Single keys' }).getByRole('radio', { name: 'Off' }).check()
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
    await page.tab.locator('[data-region=thread]').focus()
    for (const key of ['j', 'e', 'i', 'w', 'Shift+N', '?', '/', '#']) await page.press(key)
    await unchanged('switched off')
    assert.equal(await page.dialog.count(), 0)
    // Keys with Ctrl, arrows and Enter go on.
    await opens(page, 'Control+k', page.tab.getByRole('dialog', { name: 'Commands' }))

    await page.press('Control+k')
    await page.tab.getByRole('combobox').fill('Preferences')
    await page.press('Enter')
    await page.dialog.getByRole('tab', { name: 'Keyboard' }).click()
    await page.dialog.getByRole('group', { name: 'Single keys' }).getByRole('radio', { name: 'Only with Alt held' }).check()
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
    await page.tab.locator('[data-region=thread]').focus()
    await page.press('i')
    await unchanged('without Alt')
    await page.press('Alt+i')
    await until('Alt+i assigns', async () => (await desk.agent.listed(id)).assignee?.id === 1)
})
