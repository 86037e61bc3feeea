// The settings for an agent who is no administrator, or no longer one. It has a desk of its own: nobody on it could make the
// agent an administrator again.

import assert from 'node:assert/strict'
import { accessible } from './axe.mjs'
import { field, PROJECT, refused, section } from './settings.mjs'
import { stories } from './story.mjs'

const story = stories()

story('an agent sees what concerns them, and no administrator’s part', { allow: refused(403) }, async ({ open, desk }) => {
    await desk.agent.colleague('Theodora', 'admin')
    const page = await open('/inbox/1')
    await section(page, 'project', 'Project')
    await desk.agent.call('PATCH', `${PROJECT}members/1/`, { access: 'agent' })
    // Who was one a moment ago is told so, and keeps what was typed.
    await field(page, 'Name').fill('Mine no more')
    await page.button('Save').click()
    await page.tab.getByRole('alert').filter({ hasText: 'You may not do this' }).waitFor()
    assert.equal(await field(page, 'Name').inputValue(), 'Mine no more')
    await page.button('Discard').click()

    await page.go('/inbox/1/settings')
    const sections = page.tab.getByRole('navigation', { name: 'Sections of the settings' }).getByRole('link')
    await sections.first().waitFor()
    const names = await sections.allInnerTexts()
    for (const name of ['Keys and secrets', 'Members', 'Roles', 'Personal', 'Sessions']) assert.ok(names.includes(name), name)
    for (const name of ['Project', 'Widget']) assert.ok(!names.includes(name), name)
    await page.go('/inbox/1/settings/project')
    await page.tab.getByText('Only administrators see this').waitFor()
    await page.tab.getByText(/Ask .*Theodora/).waitFor()
    await accessible(page.tab)
    await section(page, 'members', 'Members')
    assert.equal(await page.tab.getByRole('button', { name: /^Remove/ }).count(), 0)
    await section(page, 'keys', 'Keys and secrets')
    await page.tab.getByRole('checkbox', { name: /^ticket:write/ }).waitFor()
    assert.equal(await page.tab.getByRole('checkbox', { name: /^project:write/ }).count(), 0)
    assert.equal(await page.button('Show the secret').count(), 0)
})
