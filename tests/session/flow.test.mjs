// Signing in by a well-kept provider, from the desk to the provider and back.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Browser } from './browser.mjs'
import { desk, freePort } from './desk.mjs'
import { CLIENT, provider } from './provider.mjs'

const OWN = { 'x-lambdesk': '1' }
const users = {
    agent: { email: 'agent@example.com', email_verified: true },
    unverified: { email: 'agent@example.com', email_verified: false },
    stranger: { email: 'stranger@example.com', email_verified: true },
    thief: { email: 'agent@example.com', email_verified: true },
}
let who, at, running, idp

before(async () => {
    const port = await freePort()
    at = `http://127.0.0.1:${port}`
    idp = await provider(at, users, () => who)
    running = await desk(port, idp.issuer)
})

after(async () => {
    await running?.stop()
    idp?.stop()
})

/** Signs in as a user, up to the inbox or to where it ends. */
async function signIn(user, browser = new Browser(), query = '') {
    who = user
    const end = await browser.follow(`${at}/auth/sign-in${query}`, (url) => url.startsWith(`${at}/inbox`))
    return { browser, ...end }
}

test('a member signs in, calls the API, and signs out', async () => {
    const { browser, url } = await signIn('agent', new Browser(), '?next=/inbox/1/t/7')
    assert.equal(url, `${at}/inbox/1/t/7`)
    const token = browser.cookies(at).get('lambdesk_local')
    assert.equal(browser.cookies(at).has('lambdesk_local_sign_in'), false)
    const me = await (await browser.ask(`${at}/api/me/`, { headers: OWN })).json()
    assert.deepEqual([me.user.id, me.sign_in], [1, 'oidc'])
    assert.equal((await browser.ask(`${at}/api/me/`)).status, 403, 'without the header of the desk’s own page')

    const out = await (await browser.ask(`${at}/auth/sign-out`, { method: 'POST', headers: OWN })).json()
    assert.ok(out.redirect.startsWith(`${idp.issuer}/session/end?`), out.redirect)
    assert.equal((await browser.ask(out.redirect)).status, 200, 'the provider takes it')
    const again = await fetch(`${at}/api/me/`, { headers: { ...OWN, cookie: `lambdesk_local=${token}` } })
    assert.equal(again.status, 401)
})

test('each who is refused is told why', async () => {
    for (const [user, status, words] of [
        ['unverified', 403, 'has not verified your e-mail address'],
        ['stranger', 403, 'stranger@example.com, which is a member of nothing'],
        ['thief', 409, 'another account'],
        [null, 403, 'did not sign you in'],
    ]) {
        const { browser, url, response } = await signIn(user)
        assert.ok(url.startsWith(`${at}/auth/callback?`), `${user}: ${url}`)
        assert.equal(response.status, status, String(user))
        const page = (await response.text()).replace(/\s+/g, ' ')
        assert.ok(page.includes(words) && !page.includes('<script'), page)
        assert.equal(browser.cookies(at).has('lambdesk_local'), false)
    }
})

test('a callback counts once, and in its own browser only', async () => {
    const browser = new Browser()
    who = 'agent'
    const { url } = await browser.follow(`${at}/auth/sign-in`, (place) => place.startsWith(`${at}/auth/callback`))
    assert.equal((await new Browser().ask(url)).status, 400)
    const bent = new URL(url)
    bent.searchParams.set('iss', 'https://evil.example')
    assert.equal((await browser.ask(bent.href)).status, 400, 'the provider promises to name itself')
    assert.equal((await browser.ask(url)).status, 400, 'and the attempt is used up')
})

test('nothing secret is in the log', async () => {
    const { browser } = await signIn('agent')
    const log = running.log()
    assert.ok(log.includes('/auth/callback'), log)
    const token = browser.cookies(at).get('lambdesk_local')
    for (const secret of [token, CLIENT.secret, 'code=', 'state=', 'agent@example.com']) {
        assert.equal(log.includes(secret), false, secret)
    }
})
