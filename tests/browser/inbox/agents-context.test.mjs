// What an agent who is no administrator reads where a project keeps nothing of what customers saw. It has a desk of its own: nobody on
// it could make the agent an administrator again.

import assert from 'node:assert/strict'
import { accessible } from './axe.mjs'
import { Recorded } from './recorded.mjs'
import { stories } from './story.mjs'

const story = stories()

story('off says that an administrator can change it, and leads nowhere', {}, async ({ open, desk }) => {
    await desk.agent.colleague('Theodora', 'admin')
    const off = { context_recording: false, context_events: false, context_exceptions: false }
    await desk.agent.call('PATCH', '/api/projects/1/', { conversations_settings: off })
    const { number } = await Recorded.opens(desk, 'Nothing of this is kept')
    await desk.agent.call('PATCH', '/api/projects/1/members/1/', { access: 'agent' })
    const page = await open('/inbox/1')
    await page.openTicket(number)
    for (const [name, words] of [
        ['recording', 'This project records no sessions.'],
        ['events', 'This project keeps no events.'],
        ['errors', 'This project keeps no errors.'],
    ]) {
        const panel = page.tab.locator(`[data-panel=${name}]`)
        await panel.locator('h5').getByRole('button').click()
        await panel.getByText(`${words} An administrator can change it.`).waitFor()
        assert.equal(await panel.getByRole('link').count(), 0)
    }
    await accessible(page.tab)
    await page.go('/inbox/1/settings/context')
    await page.tab.getByText('Only administrators see this').waitFor()
    await page.go('/inbox/1/settings/source-maps')
    await page.tab.getByText('Only administrators see this').waitFor()
    assert.equal(await page.tab.getByRole('link', { name: 'Source maps' }).count(), 0)
})
