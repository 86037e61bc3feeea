// How fast the inbox page is: a table of times, which nothing holds against anybody, since they say as much about the machine as
// about the page. A release build and a quiet machine give figures that can be compared.
//
//   cargo build --release -p lambdesk-local -p lambdesk-bench
//   LAMBDESK_LOCAL=../../target/release/lambdesk-local node times.mjs

import { browser } from './chromium.mjs'
import { Desk } from './desk.mjs'
import { filled } from './inbox/filled.mjs'

const TICKETS = 10_000
const STARTS = 20
const OPENED = 40
const KEYS = 200
const TURNS = 100
const REPEATS_MS = 33
const TURN_PX = 2_000
const CHANGED = 200
const STEPS = 200
const SLOWED = 4
/** A row that has had the focus for this long has its messages read ahead. */
const READ_AHEAD_MS = 1_000
const LIST = '/inbox/1?order_by=-ticket_number'

const rows = []
const note = (what, budget, value) => rows.push({ what, budget, value })

const data = await filled(TICKETS)
const desk = await Desk.start(['--data', data.directory, '--tick', '86400'])
const chromium = await browser()
try {
    const starts = [await timesOfStarts(1), await timesOfStarts(SLOWED)]
    note('start to rows drawn and `j` answering, p50', '500 ms', ms(at(starts[0], 0.5)))
    note(`the same, processor slowed ${SLOWED} times`, '1,200 ms', ms(at(starts[1], 0.5)))
    note('a ticket opens, read ahead, p95', '100 ms', ms(at(await timesOfOpening(READ_AHEAD_MS), 0.95)))
    note('a ticket opens, not read ahead, p95', '200 ms', ms(at(await timesOfOpening(0), 0.95)))
    await inTheLongList()
    await inTheLongWorkflow()
} finally {
    await chromium.close()
    await desk.stop()
    await data.remove()
}
for (const { what, budget, value } of rows) console.log(`| ${what} | ${budget} | ${value} |`)

function ms(value) {
    return `${value.toFixed(0)} ms`
}

function at(times, share) {
    const sorted = [...times].sort((a, b) => a - b)
    return sorted[Math.ceil(sorted.length * share) - 1]
}

/** A tab of an agent whose browser has been here before. `slowed` divides the processor's speed. */
async function opened(path, { slowed = 1, begin } = {}) {
    const context = await chromium.newContext({ viewport: { width: 1400, height: 900 } })
    const tab = await context.newPage()
    if (begin) await tab.addInitScript(begin)
    await tab.goto(desk.url + path)
    const session = await context.newCDPSession(tab)
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowed })
    return { tab, session, close: () => context.close() }
}

/** Runs in the page: `painted()` resolves when what is known now has been painted. */
function helpPainting() {
    window.painted = () =>
        new Promise((done) =>
            requestAnimationFrame(() => {
                const { port1, port2 } = new MessageChannel()
                port1.onmessage = done
                port2.postMessage(null)
            }),
        )
    window.longest = 0
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
    }).observe({ type: 'longtask' })
}

/** Runs in the page: from the navigation until rows are there and a `j` moves the focus to one. */
function untilAnswering() {
    window.answering = new Promise((done) => {
        const look = async () => {
            document.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true }))
            if (!document.activeElement?.closest('[data-row]')) return setTimeout(look, 5)
            await window.painted()
            done(performance.now())
        }
        look()
    })
}

async function timesOfStarts(slowed) {
    const { tab, session, close } = await opened(LIST, { slowed, begin: helpPainting })
    await tab.locator('[data-row]').first().waitFor()
    await tab.addInitScript(untilAnswering)
    const times = []
    for (let start = 0; start < STARTS; start += 1) {
        await tab.reload()
        times.push(await tab.evaluate(() => window.answering))
    }
    await session.detach()
    await close()
    return times
}

/** From the key that opens a ticket until its first message is painted. The row has had the focus for a while before, or not. */
async function timesOfOpening(wait) {
    const { tab, close } = await opened(LIST, { begin: helpPainting })
    await tab.locator('[data-row]').first().waitFor()
    await tab.evaluate(() => {
        window.opening = []
        document.addEventListener('keydown', ({ key, timeStamp }) => {
            if (key !== 'Enter') return
            const look = async () => {
                if (!document.querySelector('main article')) return requestAnimationFrame(look)
                await window.painted()
                window.opening.push(performance.now() - timeStamp)
            }
            look()
        }, { capture: true })
    })
    await tab.keyboard.press('j')
    for (let count = 1; count <= OPENED; count += 1) {
        // What was read ahead reaches two rows down.
        for (let step = 0; step < (wait ? 1 : 4); step += 1) await tab.keyboard.press('j')
        await tab.waitForTimeout(wait)
        await tab.keyboard.press('Enter')
        await tab.waitForFunction((count) => window.opening.length === count, count)
        await tab.keyboard.press('Escape')
        await tab.waitForFunction(() => !document.querySelector('main article'))
    }
    const times = await tab.evaluate(() => window.opening)
    await close()
    return times
}

/** Runs in the page: the milliseconds from each key to what it has painted. */
function measureKeys() {
    window.keys = []
    document.addEventListener('keydown', ({ timeStamp }) => void window.painted().then(() => window.keys.push(performance.now() - timeStamp)), { capture: true })
}

/** What the page measured since this was asked last. */
function asked(tab) {
    return tab.evaluate(() => {
        const { keys, longest } = window
        Object.assign(window, { keys: [], longest: 0 })
        return { keys, longest }
    })
}

/** Browsers tell of tasks that take 50 ms or more. */
function longest(value) {
    return value === 0 ? 'under 50 ms' : ms(value)
}

async function keys(tab) {
    await tab.keyboard.press('Home')
    await asked(tab)
    // One after the other, as fast as a key that is held repeats.
    for (let step = 0; step < KEYS; step += 1) {
        await tab.keyboard.press('j')
        await tab.waitForTimeout(REPEATS_MS)
    }
    await tab.evaluate(() => window.painted())
    return (await asked(tab)).keys
}

async function inTheLongList() {
    const { tab, session, close } = await opened(LIST, { begin: helpPainting })
    await tab.locator('[data-row]').first().waitFor()
    await tab.evaluate(measureKeys)
    await tab.keyboard.press('Home')
    const last = () => tab.evaluate(() => Math.max(...[...document.querySelectorAll('[data-row]')].map((row) => Number(row.getAttribute('aria-rowindex')))))
    while ((await last()) < TICKETS) {
        await tab.keyboard.press('End')
        await tab.waitForTimeout(20)
    }
    await tab.waitForLoadState('networkidle')
    note('a key is painted, of 10,000 rows, p95', '50 ms', ms(at(await keys(tab), 0.95)))
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED })
    note(`the same, processor slowed ${SLOWED} times`, '120 ms', ms(at(await keys(tab), 0.95)))
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    await tab.keyboard.press('Home')
    await tab.getByRole('grid', { name: 'Tickets' }).hover()
    await asked(tab)
    for (let turn = 0; turn < TURNS; turn += 1) {
        await tab.mouse.wheel(0, TURN_PX)
        await tab.evaluate(() => window.painted())
    }
    note('longest task while 10,000 rows are scrolled', '50 ms', longest((await asked(tab)).longest))
    note('rows in the page', '60', String(await tab.locator('[data-row]').count()))
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    note('heap with 10,000 rows', '60 MB', `${(usedSize / 1e6).toFixed(0)} MB`)
    await news(tab)
    await close()
}

/** Two hundred of the loaded tickets change at once, and the page hears of them. */
async function news(tab) {
    const { results } = await desk.agent.tickets(`?limit=${CHANGED}`)
    await asked(tab)
    const ids = results.map(({ id }) => id)
    const heard = tab.waitForResponse(async (response) => response.url().endsWith('/sync/') && (await response.text()).includes('a-new-tag'), { timeout: 60_000 })
    for (let from = 0; from < ids.length; from += 100) {
        await desk.agent.call('POST', '/api/projects/1/conversations/tickets/bulk_update_tags/', { ids: ids.slice(from, from + 100), action: 'add', tags: ['a-new-tag'] })
    }
    await heard
    await tab.waitForTimeout(1_000)
    note(`longest task while ${CHANGED} of 10,000 rows change`, '50 ms', longest((await asked(tab)).longest))
}

async function inTheLongWorkflow() {
    const { tab, close } = await opened('/inbox/1/workflows/new', { begin: helpPainting })
    const json = tab.getByRole('textbox', { name: 'The workflow as JSON' })
    await tab.getByRole('textbox', { name: 'Name', exact: true }).fill('Long')
    await tab.getByRole('tab', { name: 'JSON', exact: true }).click()
    const before = JSON.parse(await json.inputValue())
    const steps = Array.from({ length: STEPS }, (_, number) => ({ action: 'update_ticket', inputs: { sla_amount: `${number + 1}` } }))
    await json.fill(JSON.stringify({ ...before, steps }))
    await tab.getByRole('tab', { name: 'Steps', exact: true }).click()
    const cards = tab.getByRole('region', { name: 'Steps of the workflow' }).locator('[data-card]')
    await cards.filter({ hasText: /Deadline in 200 hours$/ }).waitFor()
    await tab.evaluate(measureKeys)
    await asked(tab)
    for (const number of [200, 100, 1]) {
        await cards.filter({ hasText: new RegExp(`Deadline in ${number} hours?$`) }).click()
        const amount = tab.locator(`[data-place="steps[${number - 1}].inputs.sla_amount"]`)
        await amount.click()
        await tab.keyboard.type('000')
        await tab.keyboard.press('Alt+ArrowUp')
        await tab.evaluate(() => window.painted())
    }
    const { keys, longest: task } = await asked(tab)
    note(`longest task while a workflow of ${STEPS} steps is edited`, '50 ms', longest(task))
    note('a key is painted there, p95', '50 ms', ms(at(keys, 0.95)))
    await close()
}
