// What a customer sees and what the team sees, with the widget as posthog-js ships it. Start with `node run.mjs`.

import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { browser } from './chromium.mjs'
import { Desk } from './desk.mjs'
import { site } from './site.mjs'
import { GREETING, Visitor, WIDGET } from './visitor.mjs'

assert.ok(process.env.WIDGET_FILES, 'WIDGET_FILES has the files of posthog-js; node run.mjs sets it')
const server = await Desk.start(['--static', process.env.WIDGET_FILES])
const { url: desk, agent } = server
const SECRET = 'phs_local'
const TEST_MS = 120_000

let shop, chromium

before(async () => {
    shop = await site(desk)
    chromium = await browser()
})

after(async () => {
    await chromium?.close()
    shop?.close()
    await server.stop()
})

const arrive = (options) => Visitor.arrive(chromium, { desk, url: shop.url, ...options })
const signed = (text, secret) => createHmac('sha256', secret).update(text).digest('hex')
const unique = (text) => `${text} ${randomUUID().slice(0, 8)}`

/** Runs one visit, and checks at its end that nothing went wrong in the page. */
async function visiting(t, options, story) {
    const visitor = await arrive(options)
    try {
        await story(visitor)
    } catch (error) {
        t.diagnostic(`in the page: ${visitor.troubles.join('; ') || 'no trouble'}`)
        await visitor.photo(`failed ${t.name.replace(/\W+/g, ' ')}`).catch(() => {})
        await visitor.context.close()
        throw error
    }
    await visitor.leave()
}

function visit(name, options, story) {
    test(name, { timeout: TEST_MS }, (t) => visiting(t, options, story))
}

visit('a message is sent and shows once', {}, async (visitor) => {
    await visitor.launcher.waitFor()
    await visitor.photo('01-launcher')
    await visitor.open()
    await visitor.sees(GREETING)

    const text = unique('Where is my parcel?')
    const { status, json, sent } = await visitor.say(text)
    assert.equal(status, 200)
    assert.equal(json.ticket_status, 'new')
    assert.equal(sent.ticket_id, null)
    await visitor.sees(text)

    const { json: polled } = await visitor.nextPoll()
    assert.equal(polled.ticket_id, json.ticket_id)
    await visitor.nextPoll()
    await visitor.seesOnce(text)
    await visitor.photo('02-sent')

    const [stored] = await agent.messages(json.ticket_id)
    assert.equal(stored.id, json.message_id)
    assert.equal(stored.created_at, json.created_at)
})

visit('an agent finds the ticket, reads it and answers', {}, async (visitor) => {
    await visitor.open()
    const question = unique('Do you ship to Iceland?')
    const { json: { ticket_id: id } } = await visitor.say(question)

    const ticket = await agent.listed(id)
    assert.equal(ticket.status, 'new')
    assert.equal(ticket.channel_source, 'widget')
    assert.equal(ticket.unread_team_count, 1)
    assert.equal(ticket.message_count, 1)
    assert.equal(ticket.last_message_text, question)
    assert.equal(ticket.session_context.current_url, shop.url)
    await agent.read(id)
    assert.equal((await agent.listed(id)).unread_team_count, 0)

    const answer = unique('We do, in five days.')
    await agent.reply(id, answer)
    await visitor.sees(answer)
    await visitor.nextPoll()
    await visitor.seesOnce(answer)
    await visitor.seesOnce(question)
    await visitor.photo('03-answered')
    assert.deepEqual((await agent.messages(id)).map((message) => message.content), [question, answer])
})

visit('a formatted answer shows formatted', {}, async (visitor) => {
    await visitor.open()
    const { json: { ticket_id: id } } = await visitor.say(unique('How do I return it?'))
    const word = unique('prepaid')
    const text = (text, ...marks) => ({ type: 'text', text, marks })
    await agent.reply(id, `Use the ${word} label`, {
        rich_content: {
            type: 'doc',
            content: [
                { type: 'paragraph', content: [text('Use the '), text(word, { type: 'bold' }), text(' label')] },
                { type: 'paragraph', content: [text('Read more', { type: 'link', attrs: { href: 'https://example.com/returns' } })] },
                { type: 'paragraph', content: [text('A trap', { type: 'link', attrs: { href: 'javascript:alert(1)' } })] },
            ],
        },
    })
    await visitor.widget.locator('strong', { hasText: word }).waitFor()
    const links = await visitor.widget.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    assert.deepEqual(links, ['https://example.com/returns'])
    await visitor.photo('04-formatted')
})

visit('a closed widget shows a badge until it is opened', {}, async (visitor) => {
    await visitor.open()
    const { json: { ticket_id: id } } = await visitor.say(unique('Is anyone there?'))
    await visitor.during('GET', 'messages/', () => visitor.close())
    assert.equal(await visitor.launcher.getAttribute('aria-label'), 'Open chat')

    const answer = unique('Yes, good morning.')
    await agent.reply(id, answer)
    await visitor.widget.getByRole('button', { name: 'Open chat (1 unread)' }).waitFor()
    assert.equal(await visitor.widget.innerText(), '1')
    assert.equal((await agent.listed(id)).unread_customer_count, 1)
    await visitor.photo('05-badge')

    const { status, json } = await visitor.during('POST', 'messages/', () => visitor.open())
    assert.equal(status, 200)
    assert.deepEqual(json, { success: true, unread_count: 0 })
    await visitor.sees(answer)
    assert.equal((await agent.listed(id)).unread_customer_count, 0)

    await visitor.during('GET', 'messages/', () => visitor.close())
    assert.equal(await visitor.launcher.getAttribute('aria-label'), 'Open chat')
    assert.equal(await visitor.widget.innerText(), '')
    await visitor.photo('06-badge-gone')
})

visit('a reload brings the history back', {}, async (visitor) => {
    await visitor.open()
    const question = unique('Can I pay by invoice?')
    const { json: { ticket_id: id } } = await visitor.say(question)
    const answer = unique('Companies can.')
    await agent.reply(id, answer)
    await visitor.sees(answer)

    await visitor.reload()
    await visitor.sees(question)
    await visitor.sees(answer)
    await visitor.nextPoll()
    await visitor.seesOnce(question)
    await visitor.seesOnce(answer)
    assert.equal(await visitor.page.evaluate(() => window.posthog.conversations.getCurrentTicketId()), id)
    await visitor.photo('07-reloaded')

    const more = unique('Good, then I order.')
    const { json, sent } = await visitor.say(more)
    assert.equal(sent.ticket_id, id)
    assert.equal(json.ticket_id, id)
    await visitor.sees(more)
    await visitor.nextPoll()
    await visitor.seesOnce(more)
})

visit('a private note never reaches the page', {}, async (visitor) => {
    await visitor.open()
    const { json: { ticket_id: id } } = await visitor.say(unique('I want a refund.'))
    const secret = unique('do not refund this one')
    const note = await agent.reply(id, secret, { is_private: true })
    assert.equal(note.is_private, true)
    const answer = unique('We look into it.')
    await agent.reply(id, answer)
    const last = unique('ask the boss first')
    await agent.reply(id, last, { is_private: true })

    await visitor.sees(answer)
    await visitor.nextPoll()
    await visitor.reload()
    await visitor.sees(answer)
    await visitor.nextPoll()
    await visitor.back()
    assert.match(await visitor.entries().innerText(), new RegExp(answer))
    await visitor.photo('08-list-without-note')
    await visitor.settle()

    assert.equal((await agent.messages(id)).filter((message) => message.is_private).length, 2, 'the team sees both notes')
    const dom = await visitor.page.content()
    const bodies = visitor.answers.filter((answer) => answer.path.startsWith(WIDGET)).map((answer) => answer.body)
    assert.ok(bodies.length >= 6, `${bodies.length} answers were read`)
    for (const text of [secret, last]) {
        assert.ok(!dom.includes(text), 'not in the page')
        assert.ok(!bodies.some((body) => body.includes(text)), 'in no answer')
    }
    assert.ok(!bodies.some((body) => body.includes(note.id)), 'not even its id')
})

visit('a second conversation makes a list', {}, async (visitor) => {
    await visitor.open()
    const first = unique('First things first.')
    const { json: one } = await visitor.say(first)
    await visitor.reload()
    await visitor.sees(first)
    await visitor.back()
    await visitor.widget.getByRole('button', { name: 'New conversation' }).click()
    await visitor.sees(GREETING)
    await visitor.seesNot(first)
    const second = unique('Second things second.')
    const { json: two } = await visitor.say(second)
    assert.notEqual(two.ticket_id, one.ticket_id)
    await visitor.sees(second)

    await visitor.back()
    await visitor.entries().nth(1).waitFor()
    assert.equal(await visitor.entries().count(), 2)
    await visitor.photo('09-list')
    for (const [mine, other] of [[first, second], [second, first]]) {
        await visitor.entries().filter({ hasText: mine }).click()
        await visitor.sees(mine)
        await visitor.nextPoll()
        await visitor.seesOnce(mine)
        await visitor.seesNot(other)
        await visitor.back()
    }

    const third = unique('By script.')
    const { json: three } = await visitor.during('POST', 'message', () =>
        visitor.page.evaluate((text) => window.posthog.conversations.sendMessage(text, undefined, true), third))
    assert.ok(![one.ticket_id, two.ticket_id].includes(three.ticket_id))
    await visitor.reload()
    await visitor.entries().nth(2).waitFor()
    const entries = await visitor.entries().allInnerTexts()
    assert.deepEqual(entries.map((entry) => entry.split('\n')[0]), [third, second, first], 'newest first')
})

visit('a resolved conversation is locked', {}, async (visitor) => {
    const banner = visitor.widget.getByText('This conversation was resolved.')
    await visitor.open()
    const text = unique('It works now, thanks.')
    const { json: { ticket_id: id } } = await visitor.say(text)
    await visitor.reload()
    await visitor.sees(text)
    await agent.update(id, { status: 'resolved' })
    await banner.waitFor()
    assert.equal(await visitor.input.count(), 0, 'locked while one looks on')

    await visitor.reload()
    await visitor.entries().first().waitFor()
    assert.match(await visitor.entries().innerText(), /resolved/i)
    await visitor.entries().click()
    await visitor.sees(text)
    await banner.waitFor()
    assert.equal(await visitor.input.count(), 0, 'locked after a reload')
    await visitor.photo('10-resolved')

    await visitor.widget.getByRole('button', { name: 'New conversation' }).click()
    const { json } = await visitor.say(unique('Something else.'))
    assert.notEqual(json.ticket_id, id)
    assert.equal((await agent.listed(id)).status, 'resolved')
})

test('a proven identity has its tickets on every device', { timeout: TEST_MS }, async (t) => {
    const person = unique('customer')
    const options = { identity_distinct_id: person, identity_hash: signed(person, SECRET) }
    const [question, answer] = [unique('When does my plan end?'), unique('In June.')]

    await visiting(t, { options }, async (desktop) => {
        await desktop.open()
        const { json: { ticket_id: id }, sent } = await desktop.say(question)
        assert.equal(sent.identity_distinct_id, person)
        assert.equal(sent.widget_session_id, undefined)
        const ticket = await agent.listed(id)
        assert.equal(ticket.identity_verified, true)
        assert.equal(ticket.distinct_id, person)

        await agent.reply(id, answer)
        await desktop.sees(answer)
        await desktop.nextPoll()
        await desktop.seesOnce(question)
        await desktop.seesOnce(answer)
        await desktop.photo('11-identity')
    })

    await visiting(t, { options }, async (phone) => {
        await phone.open()
        await phone.sees(question)
        await phone.sees(answer)
    })
})

test('a claim that the server signed is proven on the ticket, and one that it did not is not', { timeout: TEST_MS }, async (t) => {
    const person = unique('customer')
    const expires = String(Math.floor(Date.now() / 1000) + 3600)
    const claim = (field, secret) => signed(['v1', person, field, 'enterprise', expires].join('\0'), secret)
    const [hash, forged] = [claim('plan', SECRET), claim('tier', 'not the secret')]
    const options = {
        identity_distinct_id: person,
        identity_hash: signed(person, SECRET),
        identity_claims: {
            plan: { value: 'enterprise', hash },
            exp_plan: { value: expires, hash },
            tier: { value: 'enterprise', hash: forged },
            exp_tier: { value: expires, hash: forged },
        },
    }
    await visiting(t, { options }, async (visitor) => {
        await visitor.open()
        const { json, sent } = await visitor.say(unique('What does my plan have?'))
        assert.equal(sent.identity_plan, 'enterprise')
        assert.equal(sent.identity_exp_plan, expires)
        const { proven_traits: proven, anonymous_traits: traits } = await agent.listed(json.ticket_id)
        assert.deepEqual(proven, ['plan'])
        assert.equal(traits.plan, 'enterprise')
    })
})

visit(
    'a false proof of identity is refused and stores nothing',
    {
        options: { identity_distinct_id: 'somebody else', identity_hash: signed('somebody else', 'not the secret') },
        allow: [/^answer: 403 (GET|POST) .*\/widget\/(tickets|message)$/, /^console: .*403.*\/widget\/(tickets|message)\b/],
    },
    async (visitor) => {
        const { count: before } = await agent.tickets()
        await visitor.open()
        const text = unique('Show me their tickets.')
        const { status, json } = await visitor.say(text)
        assert.equal(status, 403)
        assert.deepEqual(json, { error: 'Forbidden' })
        await visitor.sees('Failed to send message')
        await visitor.seesNot(text)
        await visitor.photo('12-refused')
        assert.equal((await agent.tickets()).count, before)
    },
)

test('a required e-mail is asked for first', { timeout: TEST_MS }, async (t) => {
    const title = unique('Who are you?')
    const settings = { widget_require_email: true, widget_collect_name: true, widget_identification_form_title: title }
    await agent.withSettings(settings, () => visiting(t, {}, async (visitor) => {
        await visitor.open()
        await visitor.sees(title)
        assert.equal(await visitor.input.count(), 0, 'nowhere to write yet')
        const start = visitor.widget.getByRole('button', { name: 'Start Chat' })
        await start.click()
        await visitor.sees('Email is required')
        await visitor.photo('13-form')

        await visitor.widget.getByPlaceholder('Your name').fill('Ada Lovelace')
        await visitor.widget.getByPlaceholder('you@example.com').fill('ada@example.com')
        await start.click()
        const text = unique('It is about the engine.')
        const { json: { ticket_id: id }, sent } = await visitor.say(text)
        const traits = { name: 'Ada Lovelace', email: 'ada@example.com' }
        assert.deepEqual(sent.traits, traits)
        await visitor.sees(text)
        assert.deepEqual((await agent.listed(id)).anonymous_traits, traits)

        await visitor.reload()
        await visitor.sees(text)
        await visitor.seesNot(title)
        await visitor.photo('14-known')
    }))

    await visiting(t, {}, async (visitor) => {
        await visitor.open()
        await visitor.sees(GREETING)
        await visitor.input.waitFor()
    })
})

visit('the page asks for what it needs, and is allowed to', {}, async (visitor) => {
    await visitor.open()
    await visitor.say(unique('Hello.'))
    await visitor.nextPoll()
    await visitor.settle()

    const paths = visitor.answers.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ':id')}`)
    const boot = [
        'GET /static/array.js',
        'GET /array/phc_local/config.js',
        'GET /static/1.449.2/conversations.js',
        'GET /static/1.449.2/exception-autocapture.js',
        'GET /static/1.449.2/lazy-recorder.js',
    ]
    for (const path of boot) assert.ok(paths.includes(path), `${path} was asked for`)
    const known = new Set([...boot, 'GET /', 'POST /i/v0/e/', 'POST /s/', `POST ${WIDGET}message`, `GET ${WIDGET}messages/:id`])
    assert.deepEqual(paths.filter((path) => !known.has(path)), [], 'no other path was asked for')
    assert.deepEqual(visitor.answers.filter(({ status }) => status !== 200), [])

    const asked = visitor.preflights
        .filter(({ status }) => status === 200 || status === 204)
        .map(({ headers }) => `${headers['access-control-request-method']} ${headers['access-control-request-headers']}`)
    for (const needed of ['POST content-type,x-conversations-token', 'GET x-conversations-token']) {
        assert.ok(asked.includes(needed), `a preflight for ${needed} was allowed; allowed: ${asked}`)
    }
})

visit(
    "the desk's own demo page shows the widget",
    { url: `${desk}/demo` },
    async (visitor) => {
        await visitor.launcher.waitFor()
        await visitor.photo('15-demo')
        await visitor.open()
        const text = unique('Hello from the demo.')
        const { json: { ticket_id: id } } = await visitor.say(text)
        await visitor.sees(text)
        const answer = unique('Hello, demo.')
        await agent.reply(id, answer)
        await visitor.sees(answer)
        await visitor.photo('16-demo-open')
    },
)

visit('hostile words are text in the widget too', {}, async (visitor) => {
    const hostile = `<img src=x onerror=window.hit=1> <script>window.hit=1</script> "><svg onload=window.hit=1> ${randomUUID()}`
    const link = { type: 'text', text: 'press me', marks: [{ type: 'link', attrs: { href: 'javascript:window.hit=1' } }] }
    const dialogs = []
    visitor.page.on('dialog', (dialog) => dialogs.push(dialog.message()) && dialog.dismiss())
    await visitor.open()
    const { json } = await visitor.say(hostile)
    await visitor.sees(hostile)
    const answer = `An answer: ${hostile}`
    const rich_content = { type: 'doc', content: [{ type: 'paragraph', content: [link, { type: 'text', text: answer }] }] }
    await agent.reply(json.ticket_id, answer, { rich_content })
    await visitor.widget.getByText('An answer:').first().waitFor()
    const found = await visitor.widget.evaluate((widget) => ({
        hit: window.hit,
        elements: widget.querySelectorAll('script, iframe, [onerror], [onload], [src=x]').length,
        links: [...widget.querySelectorAll('a')].map(({ href }) => href).filter((href) => href.startsWith('javascript:')),
    }))
    assert.deepEqual({ ...found, dialogs }, { hit: undefined, elements: 0, links: [], dialogs: [] })
})
