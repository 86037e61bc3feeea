// Signs in at a desk whose functions run in containers (infra/check/sam_local.py): from the desk to a provider by HTTPS and back, a
// call of the API, and out again.
//
//   node containers.mjs API PROVIDER CERTIFICATE KEY
//
// API is where the desk is, and PROVIDER the address at which containers and this program reach the provider. The certificate's
// authority is trusted by NODE_EXTRA_CA_CERTS.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import { Browser } from './browser.mjs'
import { provider } from './provider.mjs'

const [api, place, cert, key] = process.argv.slice(2)
const { hostname, port } = new URL(place)
const OWN = { 'x-lambdesk': '1' }
const COOKIE = '__Host-lambdesk'
/** What SAM tells functions of the API's address. */
const desk = 'https://localhost'
const users = { agent: { email: 'agent@example.com', email_verified: true }, stranger: { email: 'no@example.com', email_verified: true } }

let who = 'agent'
const tls = { host: hostname, port: Number(port), cert: readFileSync(cert), key: readFileSync(key) }
const idp = await provider(desk, users, () => who, tls)
try {
    const browser = new Browser({ [desk]: api })
    const end = await browser.follow(`${desk}/auth/sign-in?next=/inbox/1/t/7`, (url) => url.startsWith(`${desk}/inbox`))
    assert.equal(end.url, `${desk}/inbox/1/t/7`, end.response && `${end.response.status} ${await end.response.text()}`)
    const token = browser.cookies(desk).get(COOKIE)
    const me = await (await browser.ask(`${desk}/api/me/`, { headers: OWN })).json()
    assert.deepEqual([me.user.id, me.sign_in], [1, 'oidc'])

    const out = await (await browser.ask(`${desk}/auth/sign-out`, { method: 'POST', headers: OWN })).json()
    assert.ok(out.redirect.startsWith(`${idp.issuer}/session/end?`), out.redirect)
    // The function that has just been asked remembers the session for a minute. Another one, which begins now, does not know it.
    const elsewhere = `${api}/api/projects/1/conversations/tickets/`
    const again = await fetch(elsewhere, { headers: { ...OWN, cookie: `${COOKIE}=${token}` } })
    assert.equal(again.status, 401, 'the session has ended')

    who = 'stranger'
    const refused = await new Browser({ [desk]: api }).follow(`${desk}/auth/sign-in`)
    assert.equal(refused.response.status, 403)
} finally {
    idp.stop()
}
