// A list of ten thousand tickets: few rows are in the page, each once and in its place, and the focus can be seen. How long it
// all takes is printed and held against nothing, since other work may slow the machine.

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { until } from '../until.mjs'
import { filled } from './filled.mjs'
import { stories } from './story.mjs'

const TICKETS = 10_000
const MOST_ROWS = 60
const STEPS = 200
const CHECKED_EVERY = 20
const TURNS = 100
const TURN_PX = 2_000
/** Rows that may be made beside those in view: one above and one below. */
const BESIDE = 2
const PATIENCE_MS = 240_000
/** The newest first: ticket 10,000 stands in the first row. */
const LIST = '/inbox/1?order_by=-ticket_number'

const data = await filled(TICKETS)
// Nothing becomes due meanwhile.
const story = stories({ flags: ['--data', data.directory, '--tick', '86400'] })
after(() => data.remove())

/**
 * Keeps the milliseconds from each key to what it has painted, and those of the longest task that kept the page from answering;
 * and the most rows that were in the page at once, and that were made at once.
 */
function measure() {
    const isRow = (node) => node instanceof Element && (node.matches('[data-row]') || node.querySelector('[data-row]') !== null)
    Object.assign(window, { mostRows: 0, mostMade: 0 })
    new MutationObserver((records) => {
        window.mostRows = Math.max(window.mostRows, document.querySelectorAll('[data-row]').length)
        const made = records.flatMap(({ addedNodes }) => [...addedNodes]).filter(isRow).length
        window.mostMade = Math.max(window.mostMade, made)
    }).observe(document, { childList: true, subtree: true })
    window.measured = { keys: [], longest: 0 }
    document.addEventListener('keydown', ({ timeStamp }) => {
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = () => window.measured.keys.push(performance.now() - timeStamp)
            port2.postMessage(null)
        })
    }, { capture: true })
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.measured.longest = Math.max(window.measured.longest, duration)
    }).observe({ type: 'longtask' })
}

/** What was measured since this was asked last, in words. */
async function measured({ tab }) {
    const { keys, longest } = await tab.evaluate(() => {
        const { measured } = window
        window.measured = { keys: [], longest: 0 }
        return measured
    })
    keys.sort((a, b) => a - b)
    const at = (share) => keys.length === 0 ? '-' : `${keys[Math.ceil(keys.length * share) - 1].toFixed(0)} ms`
    return `key to paint p50 ${at(0.5)}, p95 ${at(0.95)} of ${keys.length}; longest task ${longest.toFixed(0)} ms`
}

/** The rows in the page: each ticket once, each in the place of its number, in order on the screen. */
async function check(page, when) {
    await page.painted()
    const rows = await page.rows.evaluateAll((rows) =>
        rows.map((row) => ({
            id: row.dataset.row,
            place: Number(row.getAttribute('aria-rowindex')),
            number: Number(row.querySelector('.number').textContent.slice(1)),
            top: row.getBoundingClientRect().top,
            height: row.getBoundingClientRect().height,
        })),
    )
    assert.ok(rows.length > 0 && rows.length <= MOST_ROWS, `${rows.length} rows are in the page ${when}`)
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, `a ticket is there twice ${when}`)
    const [first] = rows
    for (const { number, place, top, height } of rows) {
        assert.equal(number, TICKETS + 1 - place, `row ${place} ${when}`)
        assert.ok(Math.abs(top - first.top - (place - first.place) * height) < 1, `row ${place} stands in its place ${when}`)
    }
}

/**
 * What scrolling costs, counted, since times say as much about the machine: a turn of the wheel that leaves no row in view makes
 * only those that are seen, and no icon in a row is drawn anew by its component, which would leave its marks between the lines.
 */
async function checkCost(page) {
    const { made, seen, drawn } = await page.list.evaluate((list) => ({
        made: window.mostMade,
        seen: Math.ceil(list.clientHeight / list.querySelector('[data-row]').offsetHeight) + 1,
        drawn: [...list.querySelectorAll('[data-row] svg')].filter((icon) => icon.childNodes.length !== icon.children.length).length,
    }))
    assert.ok(made > 0 && made <= seen + BESIDE, `${made} rows were made at once where ${seen} are seen`)
    assert.equal(drawn, 0, 'the icons of rows are copies')
}

/** The number of the row that has the focus, which the list shows as a whole. */
async function focused(page, when) {
    const found = await page.tab.evaluate(() => {
        const row = document.activeElement?.closest('[data-row]')
        if (!row) return null
        const [own, list] = [row, row.closest('[role=grid]')].map((element) => element.getBoundingClientRect())
        const isRinged = getComputedStyle(row).outlineStyle !== 'none'
        return { number: Number(row.querySelector('.number').textContent.slice(1)), isSeen: own.top >= list.top - 1 && own.bottom <= list.bottom + 1, isRinged }
    })
    assert.ok(found, `a row has the focus ${when}`)
    assert.ok(found.isSeen && found.isRinged, `the focus is seen ${when}`)
    return found.number
}

/** Goes to the end until every page is read; each is asked for as its rows come near. */
async function readAll(page) {
    for (let last = TICKETS; last > 1;) {
        const before = last
        await until(`what follows #${before} is there`, async () => {
            await page.press('End')
            last = await focused(page, `behind #${before}`)
            return last < before
        })
    }
}

story('of ten thousand tickets few rows are in the page, each in its place', { timeout: PATIENCE_MS }, async ({ open, t }) => {
    const page = await open('/inbox/1')
    await page.tab.addInitScript(measure)
    await page.go(LIST)
    await page.row(TICKETS).waitFor()
    await page.tab.getByRole('region', { name: 'Tickets' }).getByText('10,000', { exact: true }).waitFor()
    assert.equal(await page.list.getAttribute('aria-rowcount'), String(TICKETS))
    await page.press('Home')
    const started = Date.now()
    await readAll(page)
    await check(page, 'at the end')
    t.diagnostic(`all rows read in ${((Date.now() - started) / 1_000).toFixed(1)} s: ${await measured(page)}`)

    await page.press('Home')
    assert.equal(await focused(page, 'at the top'), TICKETS)
    await check(page, 'at the top')
    await page.press('End')
    assert.equal(await focused(page, 'at the end'), 1)
    await check(page, 'at the end again')
    await page.press('Home')
    await page.painted()
    await measured(page)

    for (let step = 1; step <= STEPS; step += 1) {
        await page.press('j')
        if (step % CHECKED_EVERY > 0) continue
        assert.equal(await focused(page, `after ${step} times j`), TICKETS - step)
        await check(page, `after ${step} times j`)
    }
    t.diagnostic(`${STEPS} times j: ${await measured(page)}`)

    // Scrolled away by the wheel, the row with the focus stays in the page, and the next key comes back to it.
    await page.list.hover()
    await page.tab.evaluate(() => (window.mostMade = 0))
    for (let turn = 1; turn <= TURNS; turn += 1) {
        await page.tab.mouse.wheel(0, TURN_PX)
        await page.painted()
        if (turn % CHECKED_EVERY === 0) await check(page, `after ${turn} turns of the wheel`)
    }
    const scrolled = await page.list.evaluate((list) => list.scrollTop)
    assert.ok(scrolled > (TURNS * TURN_PX) / 2, `it was scrolled, to ${scrolled}`)
    t.diagnostic(`${TURNS} turns of the wheel: ${await measured(page)}`)
    await checkCost(page)
    await page.press('j')
    assert.equal(await focused(page, 'after the wheel'), TICKETS - STEPS - 1)
    await check(page, 'after the wheel')
    const most = await page.tab.evaluate(() => window.mostRows)
    assert.ok(most <= MOST_ROWS, `at one time ${most} rows were in the page`)
})
