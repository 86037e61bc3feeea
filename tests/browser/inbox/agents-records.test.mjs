// What the settings show of targets, quick actions and tags to an agent who is no administrator. It has a desk of its own: nobody
// on it could make the agent an administrator again.

import assert from 'node:assert/strict'
import { accessible } from './axe.mjs'
import { stories } from './story.mjs'
import { policy, Targets } from './targets.mjs'

const story = stories()

story('an agent looks at response targets, tries them, and has quick actions and tags', {}, async ({ open, desk }) => {
    const { ticket_number: number } = await desk.agent.file('Who promised what?', { status: 'open', tags: ['promise'] })
    await desk.drain()
    await desk.agent.colleague('Theodora', 'admin')
    await Targets.set(desk, [policy('Everyone')])
    await desk.agent.call('PATCH', '/api/projects/1/members/1/', { access: 'agent' })
    const targets = await Targets.open(open, desk)
    const { page, tab } = targets
    await tab.getByText('Administrators can change them.').waitFor()
    await targets.head('Everyone').click()
    const name = tab.getByLabel('Name', { exact: true })
    await name.waitFor()
    assert.ok(await name.isDisabled())
    assert.ok(await tab.getByRole('group', { name: 'What pauses the clock' }).getByLabel('On hold').isDisabled())
    for (const button of ['New policy', 'Save']) assert.equal(await page.button(button).count(), 0, button)
    await tab.getByLabel('Ticket number').fill(String(number))
    await page.press('Enter')
    await tab.getByText(`#${number} would follow “Everyone”.`).waitFor()
    await accessible(tab)

    assert.equal(await tab.getByRole('link', { name: 'Audit' }).count(), 0)
    await tab.getByRole('link', { name: 'Quick actions' }).click()
    await page.button('New quick action').waitFor()
    await tab.getByRole('link', { name: 'Tags', exact: true }).click()
    await tab.getByRole('link', { name: 'promise: 1 ticket' }).waitFor()
    await page.go('/inbox/1/settings/audit')
    await tab.getByText('Only administrators see this').waitFor()
})
