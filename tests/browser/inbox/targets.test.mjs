// The settings' response targets: made, ordered, refused, overtaken and tried.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { stories } from './story.mjs'
import { policy, Targets } from './targets.mjs'

const story = stories()

const HOUR_S = 3_600
const DAY_MS = 24 * HOUR_S * 1_000

/** A day as people write it. */
const inWords = (date) => new Date(`${date}T00:00Z`).toLocaleDateString('en-GB', { dateStyle: 'full', timeZone: 'UTC' })
const dayAfter = (days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)


story('a policy with a lunch break and a holiday is saved, and in force on a ticket', {}, async ({ open, desk }) => {
    const { id, ticket_number: number } = await desk.agent.file('When are you there?', { status: 'open' })
    const holiday = dayAfter(1)
    const targets = await Targets.open(open, desk, [])
    const { page, tab } = targets

    await page.button('New policy').click()
    await targets.focusIs(tab.getByLabel('Name', { exact: true }))
    await tab.keyboard.type('Office')
    await tab.getByRole('group', { name: 'Channel' }).getByLabel('API').check()
    await tab.getByLabel('First answer', { exact: true }).fill('16')
    await tab.getByLabel('In business hours').check()
    for (const day of ['Saturday', 'Sunday']) await tab.getByLabel(day).check()
    await tab.getByText('8 hours a day, 56 hours a week').waitFor()
    await page.button('Take a lunch break').click()
    await tab.getByText('7 hours a day, 49 hours a week').waitFor()
    assert.equal(await tab.getByLabel('End of the 1st hours').inputValue(), '12:00')
    await tab.getByLabel('Begin of the 2nd hours').fill('12:30')
    await tab.getByLabel('A date').fill(holiday)
    await page.button('Add').click()
    await tab.getByRole('button', { name: /^Remove .* \d{4}$/ }).waitFor()
    await accessible(tab)
    await targets.save()

    const [kept] = await targets.kept()
    assert.deepEqual(kept.conditions, { channel_source: ['api'] })
    assert.deepEqual(kept.business_hours.time, [['09:00', '12:00'], ['12:30', '17:00']])
    assert.deepEqual(kept.business_hours.holidays, [holiday])
    assert.equal(kept.business_hours.days.length, 7)

    await desk.tick()
    await until('the ticket follows it', async () => (await desk.agent.listed(id)).sla.policy === 'Office')
    const { json: why } = await desk.agent.call('GET', `/api/projects/1/conversations/tickets/${id}/sla/`)
    const { windows } = why.metrics.find(({ metric }) => metric === 'first_response')
    const seconds = windows.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 1_000, 0)
    assert.ok(Math.abs(seconds - 16 * HOUR_S) < 1, `16 hours count, in ${JSON.stringify(windows)}`)
    for (const { from, to } of windows) {
        assert.notEqual(from.slice(0, 10), holiday, 'no time counts on the holiday')
        const noon = Date.parse(`${from.slice(0, 10)}T12:15:00Z`)
        assert.ok(Date.parse(to) <= noon || Date.parse(from) >= noon, `no time counts at noon: ${from} to ${to}`)
    }
    await page.openTicket(number)
    await page.sidebar.getByText('Office', { exact: true }).waitFor()
})

story('policies change places by key, by menu and by dragging', {}, async ({ open, desk }) => {
    const targets = await Targets.open(open, desk, [policy('First', { tags: ['a'] }), policy('Second', { tags: ['b'] }), policy('Third', { tags: ['c'] })])
    const { page, tab } = targets
    await targets.head('First').focus()
    await page.press('Alt+ArrowDown')
    await targets.isInOrder(['Second', 'First', 'Third'])
    await targets.focusIs(targets.head('First'))
    await tab.getByRole('status').getByText('“First” is 2nd of 3').waitFor({ state: 'attached' })
    await page.press('Alt+ArrowUp')
    await page.press('Alt+ArrowUp')
    await targets.isInOrder(['First', 'Second', 'Third'])

    await page.button('More for “Third”').click()
    await tab.getByRole('menuitem', { name: 'Move up' }).click()
    await targets.isInOrder(['First', 'Third', 'Second'])

    const grip = await targets.card('Second').locator('.grip').boundingBox()
    const above = await targets.card('First').boundingBox()
    await tab.mouse.move(grip.x + 8, grip.y + 8)
    await tab.mouse.down()
    await tab.mouse.move(grip.x + 8, above.y + 4, { steps: 8 })
    await targets.isInOrder(['Second', 'First', 'Third'])
    await page.press('Escape')
    await targets.isInOrder(['First', 'Third', 'Second'])
    await tab.mouse.up()
    await tab.mouse.move(grip.x + 8, grip.y + 8)
    await tab.mouse.down()
    await tab.mouse.move(grip.x + 8, above.y + 4, { steps: 8 })
    await tab.mouse.up()
    await targets.isInOrder(['Second', 'First', 'Third'])
    await targets.save()
    assert.deepEqual((await targets.kept()).map(({ name }) => name), ['Second', 'First', 'Third'])
})

story('what the desk refuses has the focus and says why', { allow: [/status of 400/] }, async ({ open, desk }) => {
    const targets = await Targets.open(open, desk, [policy('First', { tags: ['a'] }), policy('Second')])
    const { page, tab } = targets
    await targets.head('Second').click()
    const amount = tab.getByLabel('First answer', { exact: true })
    await amount.fill('soon')
    await targets.head('Second').click()
    await amount.waitFor({ state: 'detached' })
    await page.button('Save').click()
    await targets.focusIs(amount)
    await targets.card('Second').getByRole('alert').getByText('Must be a number.').waitFor()
    assert.equal(await amount.getAttribute('aria-invalid'), 'true')
    await accessible(tab)

    await amount.fill('3')
    await targets.card('Second').getByRole('alert').waitFor({ state: 'detached' })
    const name = tab.getByLabel('Name', { exact: true })
    await name.fill('FIRST')
    await page.button('Save').click()
    await targets.focusIs(name)
    await targets.card('FIRST').getByRole('alert').getByText('Is the name of another policy.').waitFor()
    await name.fill('Second')
    await targets.save()
    assert.equal((await targets.kept())[1].targets.first_response.amount, 3)
})

story('whoever is overtaken is told by whom, and nothing of either is lost unasked', { allow: [/status of 412/] }, async ({ open, desk }) => {
    const targets = await Targets.open(open, desk, [policy('Ours')])
    const { page, tab } = targets
    const theirs = (name) => Targets.set(desk, [policy(name)])
    const rename = async (name) => {
        await tab.getByLabel('Name', { exact: true }).fill(name)
        await page.button('Save').click()
        await tab.getByRole('alert').getByText('Agent has changed the policies just now, after you opened them. Nothing of yours was saved.').waitFor()
    }
    await theirs('Theirs')
    await targets.head('Ours').click()
    await rename('Mine')
    assert.deepEqual((await targets.kept()).map(({ name }) => name), ['Theirs'])
    await page.button('Take theirs').click()
    await targets.isInOrder(['Theirs'])

    await theirs('Theirs again')
    await targets.head('Theirs').click()
    await rename('Mine after all')
    await page.button('Save mine instead').click()
    await targets.saved.waitFor()
    assert.deepEqual((await targets.kept()).map(({ name }) => name), ['Mine after all'])
})

story('policies are tried on a ticket before they are saved, and say how many they hold', { allow: [/status of 404/] }, async ({ open, desk }) => {
    const { id, ticket_number: number } = await desk.agent.file('A question of plans', { status: 'open', tags: ['plans'] })
    await desk.drain()
    const targets = await Targets.open(open, desk, [policy('Plans', { tags: ['plans'] }), policy('Everyone')])
    const { page, tab } = targets
    await targets.card('Plans').getByText('1 open', { exact: true }).waitFor()

    await targets.head('Plans').click()
    await tab.getByRole('group', { name: 'Priority' }).getByLabel('High').check()
    await tab.getByLabel('Ticket number').fill(`#${number}`)
    await page.press('Enter')
    await tab.getByText(`#${number} would follow “Everyone”.`).waitFor()
    await tab.getByText('Not by those before it:').waitFor()
    await accessible(tab)
    await tab.getByRole('group', { name: 'Priority' }).getByLabel('High').uncheck()
    await tab.getByText('This was asked of the policies as they were before your last change.').waitFor()
    await page.button('Try').click()
    await tab.getByText(`#${number} would follow “Plans”.`).waitFor()
    assert.equal((await desk.agent.listed(id)).sla.policy, 'Plans')

    await tab.getByLabel('Ticket number').fill('999999')
    await page.press('Enter')
    await tab.getByRole('alert').getByText('There is no such ticket.').waitFor()
})

story('holidays are pasted, looked over and taken', {}, async ({ open, desk }) => {
    const targets = await Targets.open(open, desk, [policy('Everyone')])
    const { page, tab } = targets
    await targets.head('Everyone').click()
    await tab.getByLabel('In business hours').check()
    await page.button('Paste dates, or open a calendar').click()
    await tab.getByLabel('Dates, one a line').fill(`${inWords(dayAfter(30))} Founders' day\n${dayAfter(40).split('-').reverse().join('.')}\n${dayAfter(50)}\nsome day\n5/6/2027`)
    await page.button('Read dates').click()
    await tab.getByText("Founders' day", { exact: true }).waitFor()
    await tab.getByText('2 left out').waitFor()
    await tab.getByText('Line 4, some day: It has no date that can be read.').waitFor()
    await tab.getByText('Line 5, 5/6/2027: Its day and its month may be meant either way.').waitFor()
    await accessible(tab)
    await tab.locator('.found').getByRole('checkbox').nth(2).uncheck()
    await page.button('Add 2 dates').click()
    await targets.save()
    assert.deepEqual((await targets.kept())[0].business_hours.holidays, [dayAfter(30), dayAfter(40)])
})

story('the example is one press away, and leaving it unsaved asks', {}, async ({ open, desk }) => {
    const targets = await Targets.open(open, desk, [])
    const { page, tab } = targets
    await page.button('Begin with the example').click()
    await targets.isInOrder(['Enterprise', 'Scale', 'Boost', 'Pay-as-you-go'])
    await tab.getByRole('link', { name: 'Tags' }).click()
    await page.dialog.getByText('Leave without saving?').waitFor()
    await page.button('Stay here').click()
    await page.button('More for “Boost”').click()
    await tab.getByRole('menuitem', { name: 'Delete' }).click()
    await targets.isInOrder(['Enterprise', 'Scale', 'Pay-as-you-go'])
    await page.button('Undo').click()
    await targets.isInOrder(['Enterprise', 'Scale', 'Boost', 'Pay-as-you-go'])
    await page.button('More for “Scale”').click()
    await tab.getByRole('menuitem', { name: 'Duplicate' }).click()
    await targets.isInOrder(['Enterprise', 'Scale', 'Scale (copy)', 'Boost', 'Pay-as-you-go'])
    await page.button('Discard').click()
    await tab.getByText('No response targets yet').waitFor()
    assert.deepEqual(await targets.kept(), [])
})

story('hours are swept over', {}, async ({ open, desk }) => {
    const targets = await Targets.open(open, desk, [policy('Everyone')])
    const { tab } = targets
    await targets.head('Everyone').click()
    await tab.getByLabel('In business hours').check()
    const track = tab.locator('.track').first()
    await track.scrollIntoViewIfNeeded()
    const { x, y, width, height } = await track.boundingBox()
    const at = (hour) => x + (width * hour) / 24
    await tab.mouse.move(at(12), y + height / 2)
    await tab.mouse.down()
    await tab.mouse.move(at(13), y + height / 2, { steps: 4 })
    await tab.mouse.up()
    await tab.getByText('7 hours a day, 35 hours a week').waitFor()
    await targets.save()
    assert.deepEqual((await targets.kept())[0].business_hours.time, [['09:00', '12:00'], ['13:00', '17:00']])
})
