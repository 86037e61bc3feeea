// What a team saves to use again: quick actions and views.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const CONVERSATIONS = '/api/projects/1/conversations/'

const selected = (composer) => composer.evaluate(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))

story('a quick action with a variable that stands for nothing is not sent until that is filled', {}, async ({ open, desk }) => {
    const content = 'Hello {{customer.name}}, your parcel {{parcel.code}} left today. {{agent.name}}'
    const actions = { status: 'pending', priority: 'high', tags: ['parcel', 'sent'] }
    await desk.agent.call('POST', `${CONVERSATIONS}quick_actions/`, { name: 'Parcel left', content, actions, visibility: 'team' })
    const ada = new Customer(desk, 'Ada')
    const id = await ada.says('Where is my parcel?')
    const { ticket_number: number } = await desk.agent.listed(id)

    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.press('r')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    // A stroke at a line's start asks for a quick action.
    await page.press('/')
    await page.tab.getByRole('combobox', { name: 'Quick action' }).fill('parc')
    await page.tab.getByRole('option').first().waitFor()
    await page.press('Enter')
    await until('the text is in the composer', async () => (await page.composer.inputValue()) === 'Hello Ada, your parcel {{parcel.code}} left today. Agent')

    await page.composer.evaluate((composer) => composer.setSelectionRange(0, 0))
    await page.press('Control+Enter')
    await until('the variable is selected', async () => (await selected(page.composer)) === '{{parcel.code}}')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    await page.tab.getByText('Fill in or remove {{parcel.code}} before sending.').waitFor()
    await page.button('Send and set Pending').or(page.tab.getByRole('button', { name: /^Send/ })).first().click()
    await until('it is selected again', async () => (await selected(page.composer)) === '{{parcel.code}}')
    assert.equal((await desk.agent.messages(id)).length, 1)
    assert.deepEqual((await desk.agent.listed(id)).tags, [])

    // One of what goes with it is struck out.
    await page.button('Leave out: Tag sent').click()
    await page.composer.focus()
    await page.composer.evaluate((composer) => {
        const at = composer.value.indexOf('{{')
        composer.setSelectionRange(at, at + '{{parcel.code}}'.length)
    })
    await page.tab.keyboard.insertText('RX-7')
    await page.press('Control+Enter')
    await page.button('Now').click()
    const text = 'Hello Ada, your parcel RX-7 left today. Agent'
    await until('the reply is stored', async () => (await desk.agent.messages(id)).length === 2)
    assert.equal((await ada.sees()).at(-1).content, text)
    const { status, priority, tags } = await desk.agent.listed(id)
    assert.deepEqual({ status, priority, tags }, { status: 'pending', priority: 'high', tags: ['parcel'] })
})

story('who presses to resolve resolves, whatever status a quick action brought', {}, async ({ open, desk }) => {
    const action = { name: 'Wait for them', content: 'We wait for your answer.', actions: { status: 'pending', priority: 'low' } }
    await desk.agent.call('POST', `${CONVERSATIONS}quick_actions/`, action)
    const id = await new Customer(desk, 'Bea').says('Never mind.')
    const page = await open('/inbox/1')
    await page.openTicket((await desk.agent.listed(id)).ticket_number)
    await page.press('r')
    await page.composer.and(page.tab.locator(':focus')).waitFor()
    await page.press('/')
    await page.tab.getByRole('combobox', { name: 'Quick action' }).fill('wait')
    await page.tab.getByRole('option').first().waitFor()
    await page.press('Enter')
    await until('the text is in the composer', async () => (await page.composer.inputValue()) === action.content)
    await page.press('Control+Shift+Enter')
    await until('the ticket is resolved', async () => (await desk.agent.listed(id)).status === 'resolved')
    assert.equal((await desk.agent.listed(id)).priority, 'low', 'the rest of the quick action holds')
})

story('a view is saved and shared, says where it was edited, and counts what it holds', { viewport: { width: 1400, height: 2400 } }, async ({ open, desk }) => {
    const { agent } = desk
    const ben = await agent.colleague('Ben')
    const file = async (priority, status) => {
        const { id, ticket_number: number } = await agent.file(`A ${priority} question`, { status: 'open' })
        await agent.update(id, { priority, status })
        return number
    }
    const high = [await file('high', 'on_hold'), await file('high', 'on_hold')]
    const low = await file('low', 'on_hold')
    await file('high', 'resolved')
    await desk.drain()

    const page = await open('/inbox/1?status=on_hold&priority=high&order_by=-updated_at')
    await page.row(high[0]).waitFor()
    await page.button('View').click()
    await page.tab.getByRole('menuitem', { name: 'Save as a view' }).click()
    await page.dialog.getByLabel('Name').fill('Urgent, on hold')
    await page.dialog.getByLabel('Everyone in this project sees it').check()
    await page.dialog.getByRole('button', { name: 'Save' }).click()
    await page.tab.waitForURL(/\/inbox\/1\/v\/[\w-]+$/)
    const { pathname } = new URL(page.tab.url())
    const shortId = pathname.split('/').at(-1)

    // A colleague finds it, with what it asks for.
    const saved = async () => (await ben.call('GET', `${CONVERSATIONS}views/`)).json.results.find((view) => view.short_id === shortId)
    const { name, visibility, filters } = await saved()
    assert.deepEqual([name, visibility], ['Urgent, on hold', 'shared'])
    assert.deepEqual([filters.status, filters.priority], [['on_hold'], ['high']])

    // The count beside it is the desk's.
    const link = page.tab.getByRole('link', { name: /^Urgent, on hold/ })
    assert.equal(await link.getAttribute('href'), pathname)
    await page.tab.reload()
    await page.row(high[0]).waitFor()
    const { json: counts } = await agent.call('GET', `${CONVERSATIONS}views/counts/`)
    const counted = counts.views[shortId]
    const rail = page.tab.getByRole('navigation', { name: 'Views' })
    if (counted === null) assert.equal(await rail.getByRole('link', { name: 'Urgent, on hold' }).innerText(), 'Urgent, on hold')
    else await rail.getByRole('link', { name: `Urgent, on hold ${counted}` }).waitFor()
    await rail.getByRole('link', { name: 'On hold 3' }).waitFor()

    // On another machine its filters are edited: that shows there, in the address, and nowhere else until it is saved.
    const elsewhere = await open(pathname, { fresh: true })
    await elsewhere.row(high[0]).waitFor()
    await elsewhere.button('Remove the filter Priority').click()
    await elsewhere.row(low).waitFor()
    await elsewhere.tab.getByText('Edited', { exact: true }).waitFor()
    assert.equal(new URL(elsewhere.tab.url()).search, '?priority=')
    assert.deepEqual((await saved()).filters.priority, ['high'])
    await elsewhere.button('Discard').click()
    await elsewhere.tab.waitForURL(`**${pathname}`)
    await elsewhere.row(low).waitFor({ state: 'detached' })

    // A colleague edits and saves it: the next to open it has the new one.
    await ben.call('PATCH', `${CONVERSATIONS}views/${shortId}/`, { filters: { ...filters, priority: ['low'] } })
    await elsewhere.tab.reload()
    await elsewhere.row(low).waitFor()
    assert.deepEqual(await elsewhere.numbers(), [low])
    assert.equal(await elsewhere.tab.getByText('Edited', { exact: true }).count(), 0)
})
