// What the demo's customers saw stands beside their tickets: what the unmodified posthog-js sent when `demo.mjs` recorded it.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { stories } from './story.mjs'

const story = stories({ flags: ['--demo'] })
/** The player is of another host, on purpose, and Playwright tries to put the tests' own script into every frame. */
const PLAYER = [/^another host: http:\/\/localhost:\d+\/(player|assets\/[\w.-]+)$/, /^console: Blocked script execution in '(about:blank|http:\/\/localhost:\d+\/player)' because the document's frame is sandboxed/]

/** Of each customer, what their session has. */
const SEEN = [
    { who: 'Катерина Шевчук', message: 'Після оновлення зник канал Slack', event: 'test alert asked for', error: 'The test alert was not sent', cause: 'TypeError', heading: 'Channels' },
    { who: 'Gina Bellini', message: 'Buongiorno! Il pagamento', event: 'payment begun', error: 'The payment of K-2291 was not confirmed: 504', heading: 'Billing' },
    { who: 'Rosa Lindt', message: 'Kann man auf der Statusseite', event: 'announcement planned', heading: 'Status page “lindt”' },
]

const panel = (page, name) => page.tab.locator(`[data-panel=${name}]`)
const head = (page, name) => panel(page, name).locator('h5').getByRole('button')

for (const { who, message, event, error, cause, heading } of SEEN) {
    story(`beside the ticket of ${who} stands what they did, what broke, and the recording`, { allow: PLAYER }, async ({ open, desk }) => {
        const { results } = await desk.agent.tickets('?limit=200')
        const ticket = results.find(({ anonymous_traits, session_id: session }) => anonymous_traits.name === who && session && !session.startsWith('s-'))
        assert.ok(ticket, 'the ticket names a session of the SDK')
        const page = await open('/inbox/1')
        await page.openTicket(ticket.ticket_number)
        await page.message(message).waitFor()
        await head(page, 'events').click()
        const done = panel(page, 'events').locator('li > details > summary', { hasText: event }).first()
        await done.waitFor()
        assert.equal(await panel(page, 'events').getByText('Another visitor').count(), 0)
        await head(page, 'errors').click()
        if (error) {
            const broke = panel(page, 'errors').locator('li > details > summary').filter({ hasText: error })
            await broke.click()
            await panel(page, 'errors').locator('.crash').getByText('app.js').first().waitFor()
            if (cause) await panel(page, 'errors').getByText(cause, { exact: true }).waitFor()
        } else {
            await panel(page, 'errors').getByText('No error came in this session.').waitFor()
        }

        // The event leads into the recording, whose page is the customer's own.
        await done.click()
        await panel(page, 'events').getByRole('button', { name: 'Show in recording' }).first().click()
        await page.sidebar.locator('.player[data-state=paused]').waitFor()
        const frame = () => page.tab.frames().find((frame) => /\/player$/.test(new URL(frame.url(), 'http://x').pathname))
        const shown = () => frame()?.evaluate(() => document.querySelector('iframe').contentDocument.querySelector('h1')?.textContent).catch(() => null)
        await until('the customer’s page is drawn', async () => (await shown()) === heading)
        await accessible(page.tab)
    })
}
