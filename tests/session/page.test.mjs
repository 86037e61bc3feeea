// Signing in by the inbox page in Chromium: the real page, the real desk, and a well-kept provider.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { FLAGS } from '../browser/flags.mjs'
import { desk, freePort } from './desk.mjs'
import { provider } from './provider.mjs'

const users = {
    agent: { email: 'agent@example.com', email_verified: true },
    stranger: { email: 'stranger@example.com', email_verified: true },
}
let who, at, running, idp, browser

before(async () => {
    const port = await freePort()
    at = `http://127.0.0.1:${port}`
    idp = await provider(at, users, () => who)
    running = await desk(port, idp.issuer)
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
})

after(async () => {
    await browser?.close()
    await running?.stop()
    idp?.stop()
})

/** A new browser of an agent, at a path of the inbox, with what breaks the policy of a page. */
async function open(path) {
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => /Content Security Policy/.test(message.text()) && complaints.push(message.text()))
    await page.goto(`${at}${path}`)
    return { context, page, complaints }
}

async function api(method, path, body) {
    const headers = { authorization: 'Bearer phx_local', ...(body && { 'content-type': 'application/json' }) }
    const response = await fetch(`${at}${path}`, { method, headers, body: body && JSON.stringify(body) })
    assert.ok(response.ok, `${method} ${path} answered ${response.status}`)
    return response.status === 204 ? null : response.json()
}

test('an agent signs in and comes back to the ticket they were at, and goes on after their session ended', async () => {
    await api('POST', '/api/projects/1/conversations/tickets/', { message: 'by phone' })
    who = 'agent'
    const { context, page, complaints } = await open('/inbox/1/t/1')
    await page.getByRole('link', { name: 'Sign in' }).click()
    const composer = page.getByRole('textbox', { name: 'Reply' })
    await composer.waitFor()
    assert.equal(page.url(), `${at}/inbox/1/t/1`)
    const session = async () => (await context.cookies(at)).find(({ name }) => name === 'lambdesk_local')
    const first = await session()
    assert.deepEqual([first.httpOnly, first.sameSite], [true, 'Strict'])

    // The session ends elsewhere, while the agent types.
    await composer.fill('half a reply')
    const ended = await page.evaluate(async () => {
        const response = await fetch('/api/me/sessions/', { method: 'DELETE', headers: { 'x-lambdesk': '1' } })
        return response.status
    })
    assert.equal(ended, 204)
    const dialog = page.getByRole('dialog', { name: 'Signed out' })
    await dialog.waitFor()
    const opened = context.waitForEvent('page')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    const popup = await opened
    await dialog.waitFor({ state: 'hidden' })
    assert.equal(await composer.inputValue(), 'half a reply')
    assert.notEqual((await session()).value, first.value)
    if (!popup.isClosed()) await popup.waitForEvent('close')
    assert.deepEqual(complaints, [])
    await context.close()
})

test('who is refused is told so on a page that runs nothing', async () => {
    who = 'stranger'
    const { context, page, complaints } = await open('/inbox')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor()
    assert.match(await page.locator('body').innerText(), /stranger@example\.com, which is a member of nothing/)
    assert.ok(page.url().startsWith(`${at}/auth/callback?`))
    // Cookies know no ports, so the provider's are among them.
    const names = (await context.cookies(at)).map(({ name }) => name)
    assert.ok(!names.includes('lambdesk_local'), `no session: ${names}`)
    assert.deepEqual(complaints, [])
    await context.close()
})
