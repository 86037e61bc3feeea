// The inbox page in Chromium, as an agent uses it, on a desk with the demo's tickets.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const desk = process.env.LAMBDESK_URL
const FLAGS = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
]
const API = `${desk}/api/projects/1/conversations`

let browser
before(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS })
})
after(() => browser?.close())

/** A new agent's page at a path, with everything that the browser complained about. */
async function open(path, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })
    const page = await context.newPage()
    const complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(`${desk}${path}`)
    return { page, context, complaints }
}

async function api(path) {
    const response = await fetch(`${API}${path}`, { headers: { authorization: 'Bearer phx_local' } })
    assert.equal(response.status, 200, path)
    return response.json()
}

/** The ticket with a number, and its messages, oldest first. */
async function ticket(number) {
    const { id } = await api(`/tickets/${number}/`)
    const { results } = await api(`/tickets/${id}/messages/?limit=100`)
    return { ticket: await api(`/tickets/${id}/`), messages: results }
}

async function until(what, holds) {
    for (let tries = 0; tries < 100; tries += 1) {
        if (await holds()) return
        await new Promise((resolve) => setTimeout(resolve, 200))
    }
    assert.fail(`it never came to this: ${what}`)
}

const composer = (page) => page.getByRole('textbox', { name: /^(Reply|Note)$/ })
const message = (page, text) => page.getByRole('article').filter({ hasText: text })

test('the page opens signed in, on the queue, and nothing breaks its policy', async () => {
    const { page, context, complaints } = await open('/')
    await page.getByRole('row').nth(5).waitFor()
    assert.match(page.url(), /\/inbox\/1$/)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('article').first().waitFor()
    assert.match(page.url(), /\/inbox\/1\/t\/\d+/)
    assert.deepEqual(complaints, [])
    await context.close()
})

test('a reply is sent once, and the ticket waits for the customer', async () => {
    const { page, context, complaints } = await open('/inbox/1/t/57')
    const text = `Bonjour, c'est arrangé. ${Date.now()}`
    await composer(page).fill(text)
    await composer(page).press('Control+Enter')
    await message(page, text).waitFor()
    await until('the message is stored', async () => (await ticket(57)).messages.some(({ content }) => content.includes(text)))
    const after = await ticket(57)
    assert.equal(after.messages.filter(({ content }) => content.includes(text)).length, 1)
    assert.equal(after.ticket.status, 'pending')
    assert.deepEqual(complaints, [])
    await context.close()
})

test('a draft survives a reload, and a note never reaches the customer', async () => {
    const { page, context } = await open('/inbox/1/t/55')
    await composer(page).fill('half a reply')
    await page.getByRole('tab', { name: 'Note' }).click()
    const note = `Only for us ${Date.now()}`
    await composer(page).fill(note)
    await composer(page).press('Control+Enter')
    await until('the note is stored', async () => (await ticket(55)).messages.some(({ content }) => content.includes(note)))
    const stored = (await ticket(55)).messages.find(({ content }) => content.includes(note))
    assert.equal(stored.is_private, true)
    await page.reload()
    await page.getByRole('tab', { name: 'Reply' }).click()
    await until('the draft is back', async () => (await composer(page).inputValue()) === 'half a reply')
    await context.close()
})

test('at 320 px nothing scrolls sideways, in both themes', async () => {
    for (const colorScheme of ['light', 'dark']) {
        const { page, context } = await open('/inbox/1', { viewport: { width: 320, height: 640 }, colorScheme })
        await page.getByRole('row').first().waitFor()
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), colorScheme)
        await context.close()
    }
})
