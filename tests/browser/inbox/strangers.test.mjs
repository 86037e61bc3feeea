// Strangers' words are text wherever they stand, and what belongs to another project is not there.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

const CONVERSATIONS = '/api/projects/1/conversations/'
const HOSTILE = [
    '<script>window.hit=1</script>',
    '<img src=x onerror=window.hit=1>',
    '"><svg onload=window.hit=1>',
    '</textarea><iframe srcdoc="<script>parent.hit=1</script>">',
    'javascript:window.hit=1',
    '<a href="javascript:window.hit=1">click</a>',
    "'-window.hit-'${window.hit=1}{{constructor.constructor('window.hit=1')()}}",
    '<style>*{display:none}</style>',
    '&lt;b&gt; \u202Etxt.exe\u202C',
]
const ALL = HOSTILE.join(' ')
const [, IMAGE, SVG] = HOSTILE

/** A document of the widget's format that asks for more than it may. */
const RICH = {
    type: 'doc',
    content: [
        { type: 'paragraph', content: [
            { type: 'text', text: 'press me', marks: [{ type: 'link', attrs: { href: 'javascript:window.hit=1' } }] },
            { type: 'text', text: ' or me', marks: [{ type: 'link', attrs: { href: 'data:text/html,<script>opener.hit=1</script>' } }] },
        ] },
        { type: 'image', attrs: { src: 'x', onerror: 'window.hit=1', alt: SVG } },
        { type: 'script', content: [{ type: 'text', text: 'window.hit=1' }] },
        { type: 'paragraph', attrs: { onclick: 'window.hit=1', style: 'position:fixed' }, content: [{ type: 'text', text: IMAGE }] },
    ],
}

/** Nothing of what strangers wrote has become a part of the page. */
async function harmless(page, where) {
    const found = await page.tab.evaluate(() => ({
        hit: window.hit,
        elements: [...document.querySelectorAll('iframe, object, embed, script:not([src]), [onerror], [onload], [onclick], [srcdoc], style:not([data-vite-dev-id])')].map((element) => element.outerHTML),
        links: [...document.querySelectorAll('a[href]')].map((link) => link.href).filter((href) => !/^(https?|mailto|tel):/.test(href)),
        pictures: [...document.images].map((image) => image.src).filter((src) => !src.startsWith(location.origin)),
    }))
    assert.deepEqual(found, { hit: undefined, elements: [], links: [], pictures: [] }, where)
}

const shows = (place, text) => place.getByText(text, { exact: true }).first().waitFor()

story('hostile words in every field are shown as they are', { timeout: 240_000 }, async ({ open, desk }) => {
    const { agent } = desk
    const { json: role } = await agent.call('POST', '/api/projects/1/roles/', { name: IMAGE })
    const view = { name: SVG, filters: { status: ['open'] }, visibility: 'shared' }
    const { json: saved } = await agent.call('POST', `${CONVERSATIONS}views/`, view)
    await agent.call('POST', `${CONVERSATIONS}quick_actions/`, { name: IMAGE, description: SVG, content: ALL })
    const customer = new Customer(desk, IMAGE, { email: '"<svg/onload=hit=1>"@example.com', [SVG]: HOSTILE[0], plan: ALL })
    const id = await customer.says(ALL)
    await agent.update(id, { status: 'open', tags: [IMAGE, HOSTILE[4]], assignee: { type: 'role', id: role.id } })
    await agent.reply(id, `A note. ${ALL}`, { is_private: true })
    await agent.reply(id, `An answer. ${ALL}`, { rich_content: RICH })
    const { json: filed } = await agent.call('POST', `${CONVERSATIONS}tickets/`, {
        channel_source: 'api', author_type: 'customer', message: 'Seen from elsewhere', rich_content: RICH,
    })
    const { ticket_number: number } = await agent.listed(id)
    await desk.drain()

    const page = await open(`/inbox/1?order_by=-updated_at&tags=${encodeURIComponent(JSON.stringify([IMAGE]))}`)
    await shows(page.row(number), IMAGE)
    await page.button(`Any tag of: ${IMAGE}`).waitFor()
    await shows(page.tab.getByRole('navigation', { name: 'Views' }), SVG)
    await harmless(page, 'the list')

    await page.openTicket(number)
    await shows(page.messages, ALL)
    await page.message('A note.').waitFor()
    await page.message('press me').or(page.message('An answer.')).first().waitFor()
    await shows(page.thread.getByRole('heading'), IMAGE)
    await page.sidebar.getByText(IMAGE).first().waitFor()
    await shows(page.sidebar, ALL)
    await page.sidebar.getByText(`assigned it to ${IMAGE}`).waitFor()
    await harmless(page, 'the ticket')

    await page.press('a')
    await page.tab.getByPlaceholder('Search', { exact: true }).fill('<img')
    await shows(page.tab.getByRole('option').or(page.tab.locator('.float-item')), IMAGE)
    await harmless(page, 'the picker of people')
    await page.press('Escape')
    await page.tab.getByPlaceholder('Search', { exact: true }).waitFor({ state: 'detached' })

    await page.press('m')
    await shows(page.tab.getByRole('dialog', { name: 'Quick actions' }), IMAGE)
    await harmless(page, 'the quick actions')
    await page.press('Enter')
    await until('the text is in the composer', async () => (await page.composer.inputValue()).startsWith(HOSTILE[0]))
    await page.composer.fill(`[press](javascript:window.hit=1) ![p](https://evil.example/p.png) ${ALL}`)
    await page.button('Preview').click()
    await page.tab.getByText('press', { exact: false }).first().waitFor()
    await harmless(page, 'the preview')
    await page.button('Back to writing').click()
    await page.composer.fill('')

    await page.press('Control+k')
    await page.tab.getByRole('dialog', { name: 'Commands' }).getByRole('combobox').fill('<img')
    await page.tab.getByRole('dialog', { name: 'Commands' }).getByText(IMAGE).first().waitFor()
    await harmless(page, 'the palette')
    await page.press('Escape')

    await page.openTicket(filed.ticket_number)
    await harmless(page, 'a ticket filed with rich text')

    await page.go(`/inbox/1/v/${saved.short_id}`)
    await page.tab.getByRole('heading', { name: SVG }).waitFor()
    await page.go(`/inbox/1?search=${encodeURIComponent(IMAGE)}&status=${encodeURIComponent(SVG)}`)
    await page.tab.getByRole('textbox', { name: 'Search' }).waitFor()
    await harmless(page, 'an address')
    await page.go('/inbox/1')
    await page.rows.first().waitFor()
})

story('hostile words in the settings are shown as they are', { timeout: 240_000 }, async ({ open, desk }) => {
    const { agent } = desk
    const names = ['name', 'widget_greeting_text', 'widget_placeholder_text', 'widget_identification_form_title']
    const [name, ...texts] = names
    const settings = Object.fromEntries(texts.map((text, at) => [text, HOSTILE[at]]))
    await agent.call('PATCH', '/api/projects/1/', { [name]: IMAGE, conversations_settings: settings })
    const { json: member } = await agent.call('POST', '/api/projects/1/members/', { email: 'eve@example.com', first_name: SVG })
    await agent.call('POST', '/api/personal_api_keys/', { label: IMAGE, scopes: ['ticket:read'], user: member.id })
    await agent.call('POST', '/api/personal_api_keys/', { label: SVG, scopes: ['ticket:read'] })
    await agent.call('POST', `${CONVERSATIONS}email/addresses/`, { kind: 'desk', address: 'hostile', from_name: IMAGE })
    const target = { first_response: { amount: 8 } }
    const policies = [{ name: SVG, conditions: { tags: [IMAGE], traits: { [IMAGE]: SVG } }, targets: target }]
    await agent.call('PUT', `${CONVERSATIONS}sla_policies/`, { policies })
    const { json: workflow } = await agent.call('POST', `${CONVERSATIONS}workflows/`, {
        name: IMAGE,
        trigger: {
            event: '$conversation_message_received',
            filters: [{ property: 'event.properties.message_content', operator: 'contains', value: SVG }],
        },
        steps: [{ action: 'update_ticket', inputs: { tags: [IMAGE] } }],
    })
    const id = await new Customer(desk, SVG).says(ALL)
    // The workflow sets its tag first.
    await desk.drain()
    await agent.update(id, { tags: [SVG] })
    await desk.drain()

    const page = await open('/inbox/1')
    const dialogs = []
    page.tab.on('dialog', (dialog) => dialogs.push(dialog.message()) && dialog.dismiss())
    for (const [place, text] of [
        ['project', undefined], ['widget', undefined], ['members', SVG], ['roles', IMAGE], ['keys', IMAGE], ['email', IMAGE],
        ['targets', SVG], ['quick-actions', IMAGE], ['tags', SVG], ['audit', IMAGE], ['personal', undefined],
    ]) {
        await page.go(`/inbox/1/settings/${place}`)
        await page.tab.getByRole('heading', { level: 1 }).waitFor()
        await page.tab.locator('[data-region=part] :is(form, ul, table, button)').last().waitFor()
        if (text) await page.tab.locator('[data-region=part]').getByText(text).first().waitFor()
        await harmless(page, `the settings, ${place}`)
    }
    await page.go('/inbox/1/workflows')
    await page.tab.getByText(IMAGE).first().waitFor()
    await harmless(page, 'the workflows')
    await page.go(`/inbox/1/workflows/${workflow.id}`)
    await page.tab.getByRole('heading').first().waitFor()
    await until('the workflow is shown', async () => (await page.tab.content()).includes('onload'))
    await harmless(page, 'a workflow')
    assert.deepEqual(dialogs, [])
})

story('of two projects each shows its own, and a draft stays where it was begun', { allow: [/40[34]/] }, async ({ open, desk }) => {
    const { agent } = desk
    const { json: other } = await agent.call('POST', '/api/projects/', { name: 'Second shop' })
    const first = await agent.file('Of the first shop', { status: 'open' })
    const path = `/api/projects/${other.id}/conversations/tickets/`
    for (let at = 0; at < first.ticket_number; at += 1)
        await agent.call('POST', path, { channel_source: 'api', author_type: 'customer', message: `Of the second shop ${at + 1}` })
    const number = first.ticket_number

    const page = await open('/inbox/1')
    await page.openTicket(number)
    await page.message('Of the first shop').waitFor()
    await page.write('Reply', 'For the first')
    await page.go(`/inbox/${other.id}`)
    await page.rows.first().waitFor()
    await page.row(number).getByText(`Of the second shop ${number}`).waitFor()
    assert.equal(await page.tab.getByText('Of the first shop').count(), 0)
    assert.equal(await page.row(number).getByText('Draft').count(), 0)
    await page.go(`/inbox/${other.id}/t/${number}`)
    await page.message('Of the second shop').waitFor()
    assert.equal(await page.composer.inputValue(), '')
    await page.write('Reply', 'For the second')
    await page.tab.reload()
    await until('the draft of the second shop is back', async () => (await page.composer.inputValue()) === 'For the second')
    await page.openTicket(number)
    await until('the draft of the first shop is back', async () => (await page.composer.inputValue()) === 'For the first')

    // A colleague who is in the second shop only gets nothing of the first one.
    const email = 'ben@example.com'
    const { json: ben } = await agent.call('POST', `/api/projects/${other.id}/members/`, { email, first_name: 'Ben', access: 'agent' })
    const { json: key } = await agent.call('POST', '/api/personal_api_keys/', { label: 'Ben', scopes: ['ticket:read'], user: ben.id })
    const status = async (to) => (await fetch(desk.url + to, { headers: { Authorization: `Bearer ${key.value}` } })).status
    assert.equal(await status(path), 200)
    assert.equal(await status(`${CONVERSATIONS}tickets/`), 404)
    assert.equal(await status(`${CONVERSATIONS}tickets/${first.id}/`), 404)
    assert.equal(await status(`${path}${first.id}/`), 404)

    // Nor has this agent anything of a project that is not theirs.
    await page.go('/inbox/999')
    await page.tab.getByRole('heading', { name: 'You are not a member of this project.' }).waitFor()
})
