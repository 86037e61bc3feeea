// What an agent sees of a recording, in a frame of another origin, and what a recording can't do.

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { site } from '../site.mjs'
import { until } from '../until.mjs'
import { Visitor } from '../visitor.mjs'
import { Recorded, element, page as whole, words, writes } from './recorded.mjs'
import { stories } from './story.mjs'

const story = stories({ flags: ['--static', process.env.WIDGET_FILES] })
/** The player is of another host, on purpose. */
const ELSEWHERE = /^another host: http:\/\/localhost:\d+\/(player|player-with-pictures|assets\/[\w.-]+)$/
/** Playwright tries to put the tests' own script into every frame, and the one with the replayed page runs none. */
const PROBE = /^console: Blocked script execution in '(about:blank|http:\/\/localhost:\d+\/player(-with-pictures)?)' because the document's frame is sandboxed/
const PLAYER = [ELSEWHERE, PROBE]
const EVIL = 'https://evil.example'

/** The recording's panel of one open ticket. */
class Panel {
    constructor(page) {
        this.page = page
        this.region = page.sidebar.getByRole('region', { name: 'Recording' })
        this.player = this.region.locator('.player')
        this.position = this.region.getByRole('slider', { name: 'Position' })
    }

    static async open(page, number) {
        await page.openTicket(number)
        await page.sidebar.getByRole('button', { name: 'Recording', exact: true }).click()
        return new Panel(page)
    }

    async is(state) {
        await this.region.locator(`.player[data-state=${state}]`).waitFor()
    }

    /** The frame with the player. */
    get frame() {
        return this.page.tab.frames().find((frame) => /\/player(-with-pictures)?$/.test(new URL(frame.url(), 'http://x').pathname))
    }

    /** Asks something of the replayed page: of its document, as the player has it. */
    ask(question) {
        return this.frame.evaluate(`(${question})(document.querySelector('iframe').contentDocument)`)
    }

    seconds() {
        return this.position.evaluate((input) => Number(input.value) / 1_000)
    }

    async press(key) {
        await this.position.focus()
        await this.page.press(key)
    }

    said(words) {
        return this.region.getByText(words).waitFor()
    }
}

/** Presses the key once more when the document is full, before anything else in it is told so. */
async function pressAsItFills(tab, key) {
    await tab.evaluate((key) => {
        const again = () => {
            if (document.fullscreenElement === null) return
            window.removeEventListener('fullscreenchange', again, { capture: true })
            window.wasFull = true
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
        }
        window.addEventListener('fullscreenchange', again, { capture: true })
    }, key)
}

/** All that the desk has of a ticket's recording. The recorder compresses fields of some events by themselves. */
async function kept({ agent }, ticket) {
    const path = `/api/projects/1/conversations/tickets/${ticket}/recording/`
    const { chunks } = (await agent.call('GET', path)).json
    const parts = await Promise.all(chunks.map(({ id }) => agent.call('GET', `${path}${id}/`)))
    const unzipped = (_, value) => (typeof value === 'string' && value.startsWith('\x1f\x8b') ? gunzipSync(Buffer.from(value, 'latin1')).toString() : value)
    return parts.map(({ json }) => JSON.stringify(json, unzipped)).join('')
}

let shop
after(() => shop?.close())

story('an agent watches what the SDK recorded, masked, from before the message on', { allow: PLAYER }, async ({ desk, browser, open }) => {
    shop = await site(desk.url)
    const visitor = await Visitor.arrive(browser, { desk: desk.url, url: shop.url, options: { disable_compression: true } })
    await visitor.launcher.waitFor()
    await visitor.open()
    const { json } = await visitor.say('Where is the cart?')
    await until('a part of the recording', async () => (await kept(desk, json.ticket_id)) !== '')
    await visitor.page.evaluate(() => document.querySelector('h1').setAttribute('data-later', 'yes'))
    await until('the part with the change', async () => (await kept(desk, json.ticket_id)).includes('data-later'))
    await visitor.leave()
    const { ticket_number: number } = await desk.agent.listed(json.ticket_id)

    const page = await open('/inbox/1')
    const panel = await Panel.open(page, number)
    await panel.is('paused')
    assert.notEqual(new URL(panel.frame.url()).hostname, new URL(desk.url).hostname, 'another host')
    const heading = '(page) => [page.querySelector("h1")?.textContent, page.querySelector("h1")?.dataset.later ?? null]'
    await until('the page is drawn', async () => (await panel.ask(heading))[0] !== undefined)
    const [text] = await panel.ask(heading)
    assert.ok(/^\*+( \*+)*$/.test(text), `masked, not ${text}`)

    await panel.press('Space')
    await panel.is('ended')
    assert.equal((await panel.ask(heading))[1], 'yes', 'what changed later is shown')
    // Back to its beginning.
    await panel.press('Shift+ArrowLeft')
    await until('at the message', async () => /at the message/.test(await panel.position.getAttribute('aria-valuetext')))
    await panel.press('Shift+ArrowLeft')
    await until('at the beginning', async () => (await panel.seconds()) === 0)
    await until('as it was', async () => (await panel.ask(heading))[1] === null)
    await panel.press('>')
    await panel.press('>')
    assert.equal(await panel.region.getByRole('combobox', { name: 'Speed' }).inputValue(), '4')
    await panel.region.getByLabel('Skip quiet stretches').check()
    const isFull = () => page.tab.evaluate(() => document.fullscreenElement?.classList.contains('player') ?? false)
    await panel.press('f')
    await until('full screen', isFull)
    await panel.press('f')
    await until('no full screen', async () => !(await isFull()))
    await panel.region.locator('.player:not(.full)').waitFor()
    await pressAsItFills(page.tab, 'f')
    await panel.press('f')
    await until('no full screen again', () => page.tab.evaluate(() => window.wasFull && document.fullscreenElement === null))
    await panel.region.getByRole('button', { name: 'Play', exact: true }).click()
    await panel.is('ended')
})

/** What a stranger might send in place of a page. */
function forged(at) {
    const attack = `top.location = parent.parent.location = '${EVIL}/top'; fetch('${EVIL}/fetch'); open('${EVIL}/open'); document.documentElement.dataset.ran = 1`
    const body = [
        element(10, 'h1', { onmouseover: attack, style: `background: url(${EVIL}/style.png)` }, [words(11, 'A shop')]),
        element(12, 'script', { src: `${EVIL}/script.js` }, [words(13, attack)]),
        element(14, 'img', { src: `${EVIL}/picture.png`, onerror: attack, onload: attack }),
        element(15, 'img', { src: 'data:image/png;base64,broken', onerror: attack }),
        element(16, 'a', { href: `javascript:${attack}`, ping: `${EVIL}/ping`, target: '_top' }, [words(17, 'Here')]),
        element(18, 'iframe', { src: `${EVIL}/frame`, srcdoc: `<script>${attack}</script>` }),
        element(19, 'object', { data: `${EVIL}/object` }),
        element(20, 'embed', { src: `${EVIL}/embed` }),
        element(21, 'form', { action: `${EVIL}/form` }, [element(22, 'input', { autofocus: true, onfocus: attack })]),
        { ...element(23, 'svg', { onload: attack }, [{ ...element(24, 'image', { 'xlink:href': `${EVIL}/svg.png` }), isSVG: true }]), isSVG: true },
        element(25, 'video', { src: `${EVIL}/video.mp4`, poster: `${EVIL}/poster.png`, rr_mediaState: 'played' }),
        element(26, 'canvas', { rr_dataURL: `${EVIL}/canvas.png` }),
    ]
    const head = [
        element(30, 'meta', { 'http-equiv': 'refresh', content: `0;url=${EVIL}/refresh` }),
        element(31, 'base', { href: `${EVIL}/`, target: '_top' }),
        element(32, 'link', { rel: 'stylesheet', href: `${EVIL}/sheet.css` }),
        element(33, 'link', { rel: 'preconnect', href: EVIL }),
        element(34, 'link', { _cssText: `@import "${EVIL}/import.css"; h1 { background: url("${EVIL}/sheet.png") } @font-face { font-family: x; src: url(${EVIL}/font.woff2) } h1 { font-family: x }` }),
    ]
    const later = [
        { id: 14, attributes: { src: `${EVIL}/later.png`, onerror: attack } },
        { id: 18, attributes: { src: `javascript:${attack}` } },
        { id: 16, attributes: { style: { background: `url(${EVIL}/later-style.png)` } } },
    ]
    const change = { source: 0, texts: [], attributes: later, removes: [], adds: [{ parentId: 5, nextId: null, node: element(40, 'script', {}, [words(41, attack)]) }] }
    return [
        ...whole(at, body, head),
        { type: 3, timestamp: at + 100, data: change },
        { type: 3, timestamp: at + 150, data: { source: 8, id: 34, adds: [{ rule: `h1 { cursor: url(${EVIL}/cursor.png), auto }`, index: 0 }] } },
        { type: 3, timestamp: at + 160, data: { source: 10, family: 'y', fontSource: `url(${EVIL}/loaded.woff2)`, buffer: false } },
        { type: 2, timestamp: at + 200, cv: '2024-10', data: 'this is no gzip' },
        { type: 3, timestamp: at + 250, data: { source: 2, type: 5, id: 22 } },
        { type: 3, timestamp: at + 300, data: 'no change' },
        writes(at + 400, 11, 'A shop, later'),
    ]
}

/** Watches a page of the inbox for what no recording may cause. What the policy refuses was not sent. */
function watch(page) {
    const seen = []
    const isSent = (request) => request.url().startsWith(EVIL) && request.failure()?.errorText !== 'csp' && seen.push(request.url())
    page.tab.context().on('requestfinished', isSent)
    page.tab.context().on('requestfailed', isSent)
    page.tab.on('popup', () => seen.push('a window'))
    page.tab.on('dialog', () => seen.push('a dialog'))
    return seen
}

story('a forged recording runs nothing, fetches nothing and leads nowhere, and what is missing is said', { allow: PLAYER }, async ({ desk, open }) => {
    const recorded = await Recorded.opens(desk, 'Look at my page')
    const at = Date.now() - 2_000
    // Random bytes don't compress, so this event is larger than the desk keeps.
    const huge = writes(at + 50, 11, randomBytes(800_000).toString('base64'))
    await recorded.sends([...forged(at), huge])
    assert.equal((await recorded.kept()).left_out, 1)

    const page = await open('/inbox/1')
    const seen = watch(page)
    const panel = await Panel.open(page, recorded.number)
    await panel.is('paused')
    const place = page.tab.url()
    await page.tab.evaluate(() => document.querySelector('[data-keys=recording] button').focus())
    await page.press('Space')
    await panel.is('ended')
    assert.deepEqual(await panel.ask('(page) => [page.querySelector("h1").textContent, page.documentElement.dataset.ran ?? null]'), ['A shop, later', null])
    const left = '(page) => [...page.querySelectorAll("script, base, object, embed, [onerror], [onload], [srcdoc], [ping], link, meta[http-equiv], iframe[src], img[src^=http]")].map((node) => node.outerHTML)'
    assert.deepEqual(await panel.ask(left), [], 'nothing is left that would try')
    await panel.said('1 event was too large to be kept.')
    await panel.said('3 events can’t be shown.')
    await panel.said(/\d+ pictures or fonts of the customer’s site are left out\./)
    assert.equal(page.tab.url(), place)
    assert.ok(await page.tab.evaluate(() => document.activeElement.closest('[data-keys=recording]') !== null), 'the focus stayed where it was')
    const own = await panel.frame.evaluate(() => {
        const kept = (name) => {
            try {
                return window[name].length
            } catch {
                return 0
            }
        }
        return [document.cookie, kept('localStorage'), kept('sessionStorage')]
    })
    assert.deepEqual(own, ['', 0, 0], 'no cookie and nothing kept')
    assert.deepEqual(seen, [])
})

const REFUSED = [...PLAYER, /^policy: /, /^another host: https:\/\/evil\.example/, /^failed: GET .* csp$/, /^console: .*(Content Security Policy|sandbox|Refused|violates|Blocked|blocked|Failed to load)/i]

story('even a page that was not cleaned could not run, fetch or lead anywhere', { allow: REFUSED }, async ({ desk, open }) => {
    const recorded = await Recorded.opens(desk, 'Look again')
    const at = Date.now() - 2_000
    await recorded.sends([...whole(at, [element(10, 'h1', {}, [words(11, 'A shop')])]), writes(at + 500, 11, 'Later')])
    const page = await open('/inbox/1')
    const seen = watch(page)
    const panel = await Panel.open(page, recorded.number)
    await panel.is('paused')
    const place = page.tab.url()

    // As if the player put it there unchanged.
    await panel.frame.evaluate((evil) => {
        const inner = document.querySelector('iframe').contentDocument
        const run = 'document.documentElement.dataset.ran = 1'
        inner.head.innerHTML = `<meta http-equiv="refresh" content="0;url=${evil}/refresh"><link rel="stylesheet" href="${evil}/sheet.css">`
        inner.body.innerHTML = `<img src="${evil}/a.png" onerror="${run}"><svg onload="${run}"></svg><iframe src="${evil}/frame"></iframe>
            <iframe srcdoc="<script>parent.${run}</script>"></iframe><a href="javascript:${run}">run</a><a href="${evil}/top" target="_top">top</a>
            <a href="${evil}/new" target="_blank">new</a><form action="${evil}/form"><button>send</button></form><p style="background: url(${evil}/p.png)">p</p>`
        const script = inner.createElement('script')
        script.textContent = run
        inner.body.append(script)
        for (const link of inner.querySelectorAll('a, button')) link.click()
    }, EVIL)
    // Neither could a flaw that runs in the player itself.
    const reached = await panel.frame.evaluate(async (evil) => {
        const tried = async (what) => {
            try {
                return (await what()) === null ? 'refused' : 'done'
            } catch {
                return 'refused'
            }
        }
        return {
            fetch: await tried(() => fetch(`${evil}/fetch`)),
            open: await tried(() => open(`${evil}/open`)),
            page: await tried(() => parent.document.title),
            leave: await tried(() => (parent.location = `${evil}/leave`)),
            picture: await new Promise((done) => Object.assign(new Image(), { onload: () => done('done'), onerror: () => done('refused'), src: `${evil}/b.png` })),
        }
    }, EVIL)
    assert.deepEqual(new Set(Object.values({ ...reached, leave: 'refused' })), new Set(['refused']), JSON.stringify(reached))
    const ran = await panel.ask('(page) => page.documentElement.dataset.ran ?? null')
    assert.equal(ran, null)
    assert.equal(page.tab.url(), place)
    assert.deepEqual(seen, [])
    await page.tab.reload()
    await page.messages.first().waitFor()
})

story('another page can’t frame the player, and what it says is not listened to', { allow: [...PLAYER, /^policy: frame-ancestors/, /frame-ancestors/] }, async ({ desk, browser, open }) => {
    const recorded = await Recorded.opens(desk, 'And again')
    const at = Date.now() - 2_000
    await recorded.sends([...whole(at, [element(10, 'h1', {}, [words(11, 'A shop')])]), writes(at + 500, 11, 'Later')])
    const page = await open('/inbox/1')
    const panel = await Panel.open(page, recorded.number)
    await panel.is('paused')
    const address = panel.frame.url()

    // Messages of the page's own window, and of no known shape, change nothing.
    await page.tab.evaluate(() => window.postMessage({ lambdesk: 1, kind: 'broken' }, location.origin))
    await panel.frame.evaluate((origin) => {
        for (const message of [{ lambdesk: 2, kind: 'broken' }, { kind: 'broken' }, 'broken', { lambdesk: 1, kind: 'time', at: 'now', state: 'ended' }]) parent.postMessage(message, origin)
    }, desk.url)
    await page.painted()
    await panel.is('paused')
    assert.equal(await panel.region.getByRole('alert').count(), 0)
    await panel.frame.evaluate((origin) => parent.postMessage({ lambdesk: 1, kind: 'broken' }, origin), desk.url)
    await panel.region.getByRole('alert').waitFor()
    await panel.region.getByRole('button', { name: 'Try again' }).click()
    await panel.is('paused')

    const other = await site(desk.url)
    const context = await browser.newContext()
    const tab = await context.newPage()
    await tab.goto(other.url)
    const refused = tab.waitForEvent('console', (line) => /frame-ancestors/.test(line.text()))
    await tab.evaluate((src) => document.body.append(Object.assign(document.createElement('iframe'), { src })), address)
    await refused
    await context.close()
    other.close()
})

story('a long recording plays before all of it is there, two parts at a time', { allow: PLAYER }, async ({ desk, open }) => {
    const recorded = await Recorded.opens(desk, 'It took ten minutes')
    const PARTS = 20
    const EACH_MS = 30_000
    const from = Date.now() - PARTS * EACH_MS
    const part = (n) => [0, 10, 20].map((s) => writes(from + n * EACH_MS + s * 1_000 + 2, 11, `Part ${n}, ${s}`))
    for (let n = 0; n < PARTS; n += 1) await recorded.sends(n === 0 ? [...whole(from, [element(10, 'h1', {}, [words(11, 'A shop')])]), ...part(0)] : part(n))

    const page = await open('/inbox/1')
    const held = []
    let underWay = 0
    let most = 0
    let answered = 0
    await page.tab.route(/\/recording\/[^/?]+(\?|$)/, async (route) => {
        underWay += 1
        most = Math.max(most, underWay)
        // The last ones wait until the test lets them go.
        if (answered >= 6) await new Promise((go) => held.push(go))
        answered += 1
        underWay -= 1
        await route.continue()
    })
    const panel = await Panel.open(page, recorded.number)
    await until('two parts are held', () => held.length === 2)
    await panel.is('waiting')
    // Half a minute before the message is not there yet, but the beginning is.
    await panel.press('Shift+ArrowLeft')
    await panel.is('paused')
    await panel.press('Space')
    await panel.is('playing')
    await until('it goes on', async () => (await panel.seconds()) > 1)
    assert.deepEqual([held.length, most], [2, 2])
    await panel.press('Space')
    await panel.is('paused')
    answered = -Infinity
    for (const go of held.splice(0)) go()
    await panel.press('Shift+ArrowRight')
    await until('the last part is there', async () => (await panel.ask('(page) => page.querySelector("h1").textContent')).startsWith(`Part ${PARTS - 1}`))
    assert.ok(most <= 2, `${most} at a time`)
})

story('pictures are fetched when the agent asks, and only those', { allow: [...PLAYER, /^another host: https:\/\/shop\.example\/dog\.png$/] }, async ({ desk, open }) => {
    const recorded = await Recorded.opens(desk, 'My dog')
    const at = Date.now() - 2_000
    const body = [element(10, 'h1', {}, [words(11, 'A dog')]), element(12, 'img', { src: 'https://shop.example/dog.png', alt: 'A dog' }), element(13, 'script', { src: `${EVIL}/x.js` })]
    await recorded.sends([...whole(at, body), writes(at + 500, 11, 'Later')])
    await desk.agent.update(recorded.ticket, { tags: ['content_warning'] })
    const page = await open('/inbox/1')
    const seen = watch(page)
    const pictures = []
    await page.tab.route('https://shop.example/**', (route) => {
        pictures.push(route.request().headers())
        return route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"/>' })
    })
    const parts = []
    page.tab.on('request', (request) => /\/recording\/[^/?]+(\?|$)/.test(request.url()) && parts.push(request.url()))
    const panel = await Panel.open(page, recorded.number)
    await panel.said('This ticket is marked as having disturbing content.')
    assert.deepEqual([parts, panel.frame], [[], undefined], 'nothing is fetched or shown before the click')
    await panel.region.getByRole('button', { name: 'Show the recording' }).click()
    await panel.is('paused')
    await panel.said('1 picture or font of the customer’s site is left out.')
    assert.deepEqual(pictures, [])
    await panel.region.getByRole('button', { name: 'Load pictures' }).click()
    await until('the picture is drawn', async () => panel.frame && (await panel.ask('(page) => page.querySelector("img")?.naturalWidth').catch(() => 0)) === 20)
    assert.equal(pictures.length, 1)
    assert.equal(pictures[0].referer, undefined)
    assert.deepEqual(seen, [])
    await panel.region.getByRole('button', { name: 'Leave pictures out' }).click()
    await panel.is('paused')
})

story('what there is not is said in words, and what arrives is asked for again', { allow: [...PLAYER] }, async ({ desk, open }) => {
    const { agent } = desk
    const filed = await agent.file('By mail')
    const page = await open('/inbox/1')
    let panel = await Panel.open(page, filed.ticket_number)
    await page.sidebar.getByText(/no browser session/).waitFor()

    const recorded = await Recorded.opens(desk, 'Just now')
    panel = await Panel.open(page, recorded.number)
    await panel.said(/still be on its way.*asks again by itself/)
    const at = Date.now() - 2_000
    await recorded.sends([...whole(at, [element(10, 'h1', {}, [words(11, 'One tab')])]), writes(at + 500, 11, 'Later')])
    // Asked for again, without a press.
    await panel.is('paused')
    await recorded.sends([...whole(at + 100, [element(10, 'h1', {}, [words(11, 'Another tab')])]), writes(at + 600, 11, 'Later')], { tab: 'w2' })
    panel = await Panel.open(page, recorded.number)
    await panel.is('paused')
    const tabs = panel.region.getByRole('combobox', { name: 'Tab' })
    assert.deepEqual(await tabs.getByRole('option').allTextContents(), ['Tab 1', 'Tab 2'])
    await tabs.selectOption('Tab 1')
    await until('the other tab is drawn', async () => panel.frame && (await panel.ask('(page) => page.querySelector("h1")?.textContent').catch(() => '')) === 'One tab')

    await agent.withSettings({ context_recording: false }, async () => {
        const quiet = await Recorded.opens(desk, 'Not recorded')
        panel = await Panel.open(page, quiet.number)
        await panel.said('This project records no sessions.')
        await panel.region.getByRole('link', { name: 'Change it in the settings' }).waitFor()
    })

    await page.tab.route(/\/recording\/?$/, async (route) => {
        const { json } = await agent.call('GET', `/api/projects/1/conversations/tickets/${recorded.ticket}/recording/`)
        await route.fulfill({ json: { ...json, state: 'expired', expired_at: '2026-01-02T03:04:05Z', chunks: [] } })
    })
    panel = await Panel.open(page, recorded.number)
    await panel.said(/no longer kept since/)
})

story('an event and an error lead to their moment in the recording', { allow: PLAYER }, async ({ desk, open }) => {
    const at = Date.now() - 120_000
    const recorded = await Recorded.opens(desk, 'It broke')
    const body = [element(10, 'h1', {}, [words(11, 'At the beginning')])]
    await recorded.sends([...whole(at, body), writes(at + 10_000, 11, 'Pressed'), writes(at + 50_000, 11, 'Later'), writes(at + 70_000, 11, 'Broken'), writes(at + 110_000, 11, 'At the end')])
    const sent = (name, seconds, more) => ({
        uuid: randomUUID(), event: name, timestamp: new Date(at + seconds * 1_000).toISOString(),
        properties: { $session_id: recorded.session, $window_id: 'w1', distinct_id: recorded.session, ...more },
    })
    const thrown = { $exception_list: [{ type: 'RangeError', value: 'too far', stacktrace: { type: 'raw', frames: [{ filename: 'https://shop.example/app.js', function: 'go', lineno: 1, colno: 1, in_app: true }] } }] }
    const batch = [sent('pressed', 15, {}), sent('$exception', 75, thrown)]
    const answer = await fetch(`${desk.url}/i/v0/e/`, { method: 'POST', body: JSON.stringify({ api_key: 'phc_local', batch, sent_at: new Date().toISOString() }) })
    assert.equal(answer.status, 200)

    const page = await open('/inbox/1')
    await page.openTicket(recorded.number)
    const panel = new Panel(page)
    const heading = () => panel.frame && panel.ask('(page) => page.querySelector("h1")?.textContent').catch(() => null)
    for (const [name, row, seconds, shown] of [
        ['events', 'pressed', 15, 'Pressed'],
        // With the recording on screen, it plays from there.
        ['errors', 'RangeError', 75, 'Broken'],
        ['events', 'pressed', 15, 'Pressed'],
    ]) {
        const list = page.tab.locator(`[data-panel=${name}]`)
        const summary = list.locator('li > details > summary').filter({ hasText: row })
        const show = list.getByRole('button', { name: 'Show in recording' })
        if (!(await summary.isVisible())) await list.locator('h5').getByRole('button').click()
        if (!(await show.isVisible())) await summary.click()
        await show.click()
        const isThere = async () => {
            const now = await panel.seconds()
            return now > seconds - 0.2 && now < seconds + 30 && (await heading()) === shown
        }
        await until(`the recording is at ${seconds} s`, isThere)
    }
})
