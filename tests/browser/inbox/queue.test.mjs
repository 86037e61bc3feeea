// The queue in the order to work in, why a deadline is what it is, and tickets that sleep.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { stories } from './story.mjs'

const story = stories()

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const POLICIES = '/api/projects/1/conversations/sla_policies/'
const EVERY_DAY = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

/** A zone of the world in which it is this hour of the day now. */
function zoneAt(hour) {
    const ahead = hour - new Date().getUTCHours()
    const offset = ahead > 14 ? ahead - 24 : ahead < -12 ? ahead + 24 : ahead
    return `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`
}

/** Files an open ticket and changes it. Returns its number. */
async function open_(agent, message, change) {
    const { id, ticket_number: number } = await agent.file(message, { status: 'open' })
    await agent.update(id, { status: 'open', ...change })
    return { id, number }
}

const due = (ms) => ({ sla_due_at: new Date(Date.now() + ms).toISOString() })

/** What the queue shows from top to bottom: heads of sections with their counts, and rows. */
const shown = (page) =>
    page.list.evaluate((list) =>
        [...list.querySelectorAll('[role=row]')]
            .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
            .map((row) => row.querySelector('.number')?.textContent ?? row.innerText.replace(/\s+/g, ' ').trim()),
    )

async function queueShows(page, expected) {
    await until(`the queue shows ${expected}`, async () => String(await shown(page)) === String(expected))
}

story('Next up has its sections in order, and Shift+N walks them', { timezoneId: zoneAt(12) }, async ({ open, desk }) => {
    const { agent } = desk
    const ben = await agent.colleague('Ben')
    await agent.call('PUT', POLICIES, {
        policies: [{ name: 'Patient', conditions: { tags: ['patient'] }, targets: { next_response: { amount: 4 }, first_response: { amount: 4 } } }],
        paused_by: ['open'],
    })
    const none = await open_(agent, 'Just asking', {})
    const later = await open_(agent, 'Next week will do', due(72 * HOUR_MS))
    const paused = await open_(agent, 'Take your time', { tags: ['patient'] })
    const today = await open_(agent, 'This afternoon please', due(3 * HOUR_MS))
    const atRisk = await open_(agent, 'Soon please', due(30 * MINUTE_MS))
    const lowBreached = await open_(agent, 'Long ago, but it is a trifle', { priority: 'low', ...due(-2 * HOUR_MS) })
    const highBreached = await open_(agent, 'The shop is down', { priority: 'high', ...due(-HOUR_MS) })
    // None of these is for this agent to work on now.
    await open_(agent, 'Ben has it', { assignee: { type: 'user', id: ben.member.id }, ...due(-HOUR_MS) })
    await open_(agent, 'It sleeps', { snoozed_until: new Date(Date.now() + HOUR_MS).toISOString() })
    await open_(agent, 'It waits', { status: 'pending' })
    await open_(agent, 'It is done', { status: 'resolved' })
    await desk.tick()
    await desk.drain()
    assert.equal((await agent.listed(paused.id)).sla.state, 'paused')

    const page = await open('/inbox/1')
    const line = [lowBreached, highBreached, atRisk, today, later, none, paused].map(({ number }) => number)
    const sections = ([first, second, ...others]) => [
        'Breached 2', `#${first}`, `#${second}`, 'At risk 1', `#${others[0]}`, 'Due today 1', `#${others[1]}`, 'Later 1', `#${others[2]}`,
        'No deadline 2', `#${others[3]}`, `#${others[4]}`,
    ]
    await queueShows(page, sections(line))

    for (const [at, number] of line.entries()) {
        await page.press('Shift+N')
        await page.tab.waitForURL(`**/inbox/1/t/${number}`)
        const place = page.thread.getByText(/^\d+(st|nd|rd|th) in line$/)
        // Who takes one of the first three takes the next one.
        if (at < 3) await place.waitFor({ state: 'detached' })
        else assert.equal(await place.innerText(), `${at + 1}th in line`)
    }
    await page.press('Shift+N')
    await page.tab.getByText('Nothing is left in the queue').waitFor()

    await page.go('/inbox/1')
    await page.button('Sort and display').click()
    await page.tab.getByRole('menuitemcheckbox', { name: 'By priority first' }).click()
    await queueShows(page, sections([line[1], line[0], ...line.slice(2)]))
})

story('an agent who takes the next one by opening it has it', {}, async ({ open, desk }) => {
    // It is the first in either order: the story before may have left the queue in the order of priorities.
    const first = await open_(desk.agent, 'The first in line', { priority: 'high', ...due(-10 * HOUR_MS) })
    const page = await open('/inbox/1')
    await page.row(first.number).waitFor()
    await page.button('Sort and display').click()
    await page.tab.getByRole('menuitemcheckbox', { name: 'Take the next one by opening it' }).click()
    await page.tab.getByRole('menu').waitFor({ state: 'detached' })
    await page.press('Shift+N')
    await page.tab.waitForURL(`**/inbox/1/t/${first.number}`)
    await until('the ticket is the agent’s', async () => (await desk.agent.listed(first.id)).assignee?.id === 1)
})

story('a deadline on business hours with a pause says why, and its parts add up to the target', {}, async ({ open, desk }) => {
    const { agent } = desk
    await agent.call('PUT', POLICIES, {
        policies: [
            { name: 'Only Slack', conditions: { channel_source: ['slack'] }, targets: { first_response: { amount: 1 } } },
            {
                name: 'Office',
                conditions: { tags: ['office'] },
                targets: { first_response: { amount: 4 }, resolution: { amount: 16 } },
                // It is between ten and eleven there, and the lunch break comes before the four hours are over.
                business_hours: { days: EVERY_DAY, time: [['09:00', '12:30'], ['13:00', '17:00']], timezone: zoneAt(10) },
            },
        ],
        paused_by: ['on_hold'],
    })
    const { id, number } = await open_(agent, 'Is the office open?', { tags: ['office'] })
    await agent.update(id, { status: 'on_hold' })
    await agent.update(id, { status: 'open' })
    await desk.drain()
    const { json: why } = await agent.call('GET', `/api/projects/1/conversations/tickets/${id}/sla/`)
    assert.equal(why.policy, 'Office')
    assert.equal(why.metrics.find(({ metric }) => metric === 'first_response').pauses.length, 1)

    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.press('b')
    await page.sidebar.getByText('Policy Office: the first answer is due next.', { exact: true }).waitFor()
    for (const [target, seconds] of [['4 hours', 4 * 3_600], ['16 hours', 16 * 3_600]]) {
        const bar = page.sidebar.getByRole('img', { name: new RegExp(`together ${target}$`) })
        const shares = await bar.locator('span').evaluateAll((parts) => parts.map((part) => Number(getComputedStyle(part).flexGrow)))
        const sum = shares.reduce((sum, share) => sum + share * seconds, 0)
        assert.ok(Math.abs(sum - seconds) < 1, `the parts of ${target} are ${shares}, together ${sum} s`)
        assert.ok(shares.length >= 4, `before the pause, after it, until lunch, after lunch: ${shares}`)
    }
    await page.sidebar.getByText(/^Paused for .* while it was On hold$/).first().waitFor()
    await page.sidebar.getByText('Only business hours count').waitFor()
    await page.sidebar.getByText('Only Slack').waitFor()
    await page.sidebar.getByText('It came by API; the policy is for Slack.').waitFor()
})

story('a ticket sleeps until tomorrow, and is back as open and announced', {}, async ({ open, desk }) => {
    const { id, number } = await open_(desk.agent, 'Call me tomorrow', due(-100 * HOUR_MS))
    await desk.agent.update(id, { status: 'pending' })
    const page = await open('/inbox/1?order_by=-updated_at&snoozed=false')
    await page.row(number).waitFor()
    await page.openTicket(number)
    const tomorrow = new Date(Date.now() + 24 * HOUR_MS)
    tomorrow.setUTCHours(9, 0, 0, 0)
    await page.press('h')
    // The arrow keys go from time to time.
    const focused = page.tab.locator(':focus')
    await page.tab.getByRole('button', { name: /^In 3 hours/ }).and(focused).waitFor()
    await page.press('ArrowDown')
    await page.tab.getByRole('button', { name: /^Tomorrow, 9:00/ }).and(focused).waitFor()
    await page.press('Enter')
    await until('the ticket sleeps', async () => (await desk.agent.listed(id)).snoozed_until !== null)
    assert.equal(Date.parse((await desk.agent.listed(id)).snoozed_until), tomorrow.getTime())

    await page.go('/inbox/1?order_by=-updated_at&snoozed=false')
    await page.rows.first().waitFor()
    assert.equal(await page.row(number).count(), 0)

    // Rows come only while nobody is in the list; the agent is in it, so the news wait and are told.
    await page.press('j')
    // The desk's clock is this machine's, so the morning comes to the ticket.
    const soon = new Date(Date.now() + 1_500).toISOString()
    await desk.agent.update(id, { snoozed_until: soon })
    await until('the ticket is awake', async () => {
        await desk.tick()
        return (await desk.agent.listed(id)).snoozed_until === null
    })
    assert.equal((await desk.agent.listed(id)).status, 'open')
    await page.tab.getByText('1 new', { exact: true }).first().waitFor()
    await page.press('.')
    await page.row(number).getByText('Open', { exact: true }).waitFor()
})
