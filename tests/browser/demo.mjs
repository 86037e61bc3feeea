// Makes anew what the customers of `lambdesk-local --demo` did in their browsers: `node demo.mjs`. The unmodified posthog-js in a
// real Chromium sees an invented app (kestrel/), and sends what it saw to a desk; this keeps the calls, as they were sent, in
// infra/local/src/demo/seen.json.gz. Nobody in it is real.
//
// The story names each of these sessions (`seen: katya` in story.yaml), and what the customer writes in it.
//
//   LAMBDESK_LOCAL   the server's binary (default ../../target/debug/lambdesk-local)
//   CHROMIUM         the browser (default /usr/bin/chromium)

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { browser } from './chromium.mjs'
import { Desk } from './desk.mjs'
import { Visitor } from './visitor.mjs'
import { until } from './until.mjs'
import { widgetFiles } from './widget-files.mjs'

const here = import.meta.dirname
const demo = join(here, '../../infra/local/src/demo')
const SEEN = join(demo, 'seen.json.gz')
const APP = 'https://app.kestrel.example'
const SUPPORT = 'https://support.kestrel.example'
/** Where the SDK sends what it saw. */
const SENT = /^\/(e|i\/v0\/e|s)\/?$/
/** How long the browser is watched after the message. */
const AFTER_MS = 8_000

/** What each customer does before they write. */
const SESSIONS = {
    async katya({ page, click }) {
        await click('#test-mail')
        await click('#test-slack')
        await click('#test-sms')
        await click('#test-slack')
        await page.mouse.wheel(0, 200)
    },
    async gina({ page, click, pause }) {
        await click('#pay')
        await pause(2_500)
        await click('#pay')
        await page.mouse.move(600, 420, { steps: 15 })
        await pause(1_500)
    },
    async rosa({ click, type, pause }) {
        await type('#title', 'Wartung der Druckmaschinen')
        await click('#later')
        await click('#when')
        await click('#when')
        await pause(1_000)
        await type('#text', 'Am Samstag drucken wir nicht.')
    },
}

const story = readFileSync(join(demo, 'story.yaml'), 'utf8')

/** What the story tells of a session: its customer, the page, and the message. */
function told(name) {
    const entry = story.split('\n  - from: ').find((entry) => entry.includes(`\n    seen: ${name}\n`))
    assert.ok(entry, `no ticket of the story is seen: ${name}`)
    const [, page] = /\n    page: (\S+)/.exec(entry)
    const [, says] = /\n    says: (".*")/.exec(entry)
    return { distinctId: entry.slice(0, entry.indexOf('\n')), page, says: JSON.parse(says) }
}

/** Passes a customer's calls on to the desk. Keeps those with what the SDK saw that the desk has taken. */
async function route(context, desk, calls) {
    const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' }
    const file = (name) => ({ body: readFileSync(join(here, 'kestrel', name)), contentType: `${types[name.split('.').pop()]}; charset=utf-8` })
    await context.route(`${APP}/**`, (route) => {
        const { pathname } = new URL(route.request().url())
        if (pathname.startsWith('/api/')) return route.fulfill({ status: 504 })
        return route.fulfill(file(pathname.startsWith('/assets/') ? pathname.slice('/assets/'.length) : 'index.html'))
    })
    await context.route(`${SUPPORT}/**`, async (route) => {
        const request = route.request()
        const { pathname, search } = new URL(request.url())
        const body = request.postData()
        const at = Date.now()
        const headers = Object.fromEntries(['content-type', 'x-conversations-token', 'origin'].flatMap((name) => (request.headers()[name] ? [[name, request.headers()[name]]] : [])))
        const response = await fetch(desk.url + pathname + search, { method: request.method(), headers, ...(body && { body }) })
        const answer = Buffer.from(await response.arrayBuffer())
        if (SENT.test(pathname) && response.ok) calls.push({ path: pathname, at, body })
        await route.fulfill({ status: response.status, body: answer, headers: { 'content-type': response.headers.get('content-type') ?? 'text/plain', 'access-control-allow-origin': '*' } })
    })
}

async function record(chromium, desk, name) {
    const { distinctId, page: url, says } = told(name)
    const calls = []
    const context = await chromium.newContext({ viewport: { width: 1280, height: 720 }, locale: 'en-GB' })
    await route(context, desk, calls)
    await context.addInitScript((customer) => (window.customer = customer), { distinctId })
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    const visitor = new Visitor(context, page, desk.url, APP, [])
    await page.goto(url)
    await visitor.launcher.waitFor()
    const pause = (ms) => page.waitForTimeout(ms)
    const click = async (place) => {
        const { x, y, width, height } = await page.locator(place).boundingBox()
        await page.mouse.move(x + width / 2, y + height / 2, { steps: 12 })
        await pause(500)
        await page.mouse.click(x + width / 2, y + height / 2)
        await pause(900)
    }
    const type = async (place, text) => {
        await click(place)
        await page.keyboard.type(text, { delay: 45 })
    }
    await SESSIONS[name]({ page, click, type, pause })
    await visitor.open()
    await visitor.input.pressSequentially(says.slice(0, 24), { delay: 40 })
    await visitor.say(says)
    const messageAt = Date.now()
    await until('the recording arrives', () => calls.some(({ path }) => path.startsWith('/s')))
    await page.mouse.move(500, 300, { steps: 20 })
    await visitor.close()
    await pause(Math.max(0, messageAt + AFTER_MS - Date.now()))
    await context.close()
    const [, session] = /"\$session_id":"([^"]+)"/.exec(calls[0].body)
    return { session, message_at: messageAt, calls }
}

const files = mkdtempSync(join(tmpdir(), 'lambdesk-demo-'))
await widgetFiles(files)
const desk = await Desk.start(['--static', files])
const chromium = await browser()
try {
    await desk.agent.call('PATCH', '/api/projects/1/', { conversations_settings: { context_recording_text: 'visible' } })
    const seen = {}
    for (const name of Object.keys(SESSIONS)) {
        seen[name] = await record(chromium, desk, name)
        console.log(name, seen[name].calls.map(({ path, body }) => `${path} ${body.length}`).join(', '))
    }
    const zipped = gzipSync(JSON.stringify(seen), { level: 9 })
    writeFileSync(SEEN, zipped)
    console.log(`${SEEN}: ${zipped.length} bytes`)
} finally {
    await chromium.close()
    await desk.stop()
    rmSync(files, { recursive: true })
}
