// New mail for an agent who is no administrator. It has a desk of its own: nobody on it could make the agent an administrator again.

import assert from 'node:assert/strict'
import { addressed, outbox } from './mail.mjs'
import { PROJECT } from './settings.mjs'
import { stories } from './story.mjs'

const story = stories()

story('an agent who is no administrator begins a mail by a key, from any address that can send', {}, async ({ desk, open }) => {
    await desk.agent.colleague('Theodora', 'admin')
    await addressed(desk)
    await addressed(desk, 'billing')
    await desk.agent.call('PATCH', `${PROJECT}members/1/`, { access: 'agent' })
    const page = await open('/inbox/1')
    await page.button('New mail').waitFor()
    await page.press('Shift+M')
    const from = page.dialog.getByLabel('From')
    await from.waitFor()
    assert.deepEqual(await from.getByRole('option').allInnerTexts(), ['help@desk.test', 'billing@desk.test'])
    await from.selectOption({ label: 'billing@desk.test' })
    await page.dialog.getByLabel('To', { exact: true }).fill('bea@example.com')
    const text = page.dialog.getByRole('textbox', { name: 'Message' })
    await text.fill('Your export is ready.')
    await text.press('ControlOrMeta+Enter')
    await page.message('Your export is ready.').getByText('Delivered').waitFor()
    const [mail] = await outbox(desk)
    assert.deepEqual([mail.from, mail.recipients], ['billing@desk.test', ['bea@example.com']])
})
