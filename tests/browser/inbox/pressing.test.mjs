// Rows hold still under the pointer and under the keys.

import assert from 'node:assert/strict'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
/** The newest change first, so that each message moves its ticket to the top. */
const NEWEST = '/inbox/1?order_by=-updated_at'

/** Six tickets, each of another customer. */
async function six(desk) {
    const customers = ['Ada', 'Ben', 'Chidi', 'Devika', 'Elena', 'Fatma'].map((name) => new Customer(desk, name))
    for (const customer of customers) await customer.says(`Hello, this is ${customer.traits.name}.`)
    return customers
}

story('the pressed ticket opens, though another one comes while the pointer is down', {}, async ({ desk, open }) => {
    await six(desk)
    const page = await open(NEWEST)
    await page.rows.nth(5).waitFor()
    const before = await page.numbers()
    const pressed = before[2]
    await page.row(pressed).hover()
    await page.tab.mouse.down()

    const late = new Customer(desk, 'Goran')
    await late.says('I come in between.')
    await page.news.getByText('1 new').waitFor()
    assert.deepEqual(await page.numbers(), before, 'no row moves under the pointer')
    // Even rows that move at the agent's word do not change what was pressed.
    await page.press('.')
    await page.row(7).waitFor()
    await page.tab.mouse.up()
    await page.messages.first().waitFor()
    assert.equal(new URL(page.tab.url()).pathname, `/inbox/1/t/${pressed}`)
})

story('rows keep their order after the press too, until they may move', {}, async ({ desk, open }) => {
    await six(desk)
    const page = await open(NEWEST)
    await page.rows.nth(5).waitFor()
    const before = await page.numbers()
    const pressed = before[3]
    await page.row(pressed).hover()
    await page.tab.mouse.down()
    const { ticket_number: late } = await desk.agent.listed(await new Customer(desk, 'Hana').says('Me too.'))
    await page.news.getByText('1 new').waitFor()
    await page.tab.mouse.up()
    await page.messages.first().waitFor()
    assert.equal(new URL(page.tab.url()).pathname, `/inbox/1/t/${pressed}`)
    await page.nextNews()
    assert.deepEqual(await page.numbers(), before, 'no row moves, though another one waits')
    assert.equal(await page.news.innerText(), '1 new')

    await page.press('.')
    await page.row(late).waitFor()
    assert.deepEqual((await page.numbers()).slice(0, before.length), [late, ...before.slice(0, -1)])
})

story('Right leads into a row’s controls and Left and Escape back, and no row moves meanwhile', {}, async ({ desk, open }) => {
    await six(desk)
    const page = await open(NEWEST)
    await page.rows.nth(5).waitFor()
    const before = await page.numbers()
    const [first, second] = before
    // The pointer is elsewhere: it would hold the rows by itself.
    await page.tab.mouse.move(0, 0)
    const row = (number) => page.row(number).and(page.tab.locator(':focus'))
    const control = (role, number) => page.row(number).getByRole(role).and(page.tab.locator(':focus'))
    await page.press('j')
    await row(first).waitFor()
    const { ticket_number: late } = await desk.agent.listed(await new Customer(desk, 'Ines').says('Me as well.'))
    await page.news.getByText('1 new').waitFor()

    await page.press('ArrowRight')
    await control('checkbox', first).waitFor()
    await page.press('Space')
    const selected = page.tab.getByRole('group', { name: 'Selected tickets' })
    await selected.getByText('1 selected').waitFor()
    await page.press('Space')
    await selected.waitFor({ state: 'detached' })
    await page.press('ArrowRight')
    await control('link', first).waitFor()
    // There is nothing behind the last one.
    await page.press('ArrowRight')
    await control('link', first).waitFor()
    await page.press('ArrowLeft')
    await control('checkbox', first).waitFor()
    await page.press('ArrowLeft')
    await row(first).waitFor()
    await page.press('ArrowRight')
    await page.press('ArrowRight')
    await page.press('Escape')
    await row(first).waitFor()

    // From a control, too, the rows are one step away.
    await page.press('ArrowRight')
    await control('checkbox', first).waitFor()
    await page.press('ArrowDown')
    await row(second).waitFor()
    assert.deepEqual(await page.numbers(), before, 'no row moved')
    assert.equal(new URL(page.tab.url()).pathname, '/inbox/1')
    await page.press('ArrowRight')
    await page.press('ArrowRight')
    await control('link', second).waitFor()
    await page.press('Enter')
    await page.tab.waitForURL(`**/inbox/1/t/${second}`)
    await page.messages.first().waitFor()

    await page.press('.')
    await page.row(late).waitFor()
})
