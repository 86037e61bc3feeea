// What is half written is there, as the reply or the note that it was to be, whatever happens meanwhile.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()
/** After so long the page has asked for news. */
const POLLED_MS = 6_000
/** Keeps resolved tickets in their places. */
const LIST = '/inbox/1?order_by=-updated_at'
const OTHER = { Reply: 'Note', Note: 'Reply' }
const COLLEAGUES = { Reply: 'Ben', Note: 'Chidi' }

/** The draft stands in its own kind's field, which is the one that is shown, and the other kind has none. */
async function stands(page, kind, text, when) {
    const field = page.tab.getByRole('textbox', { name: kind, exact: true })
    await until(`the ${kind} is there ${when}`, async () => (await field.count()) === 1 && (await field.inputValue()) === text)
    await page.tab.getByRole('tab', { name: kind, exact: true, selected: true }).waitFor()
    // A tab that holds a draft out of sight says so in its name.
    await page.tab.getByRole('tab', { name: OTHER[kind], exact: true, selected: false }).waitFor()
}

/** Where the agent is writing. */
const caret = (page) => page.composer.evaluate((field) => field === document.activeElement && field.selectionStart)

/** The texts that the browser keeps, as the page left them there. */
const kept = (page) =>
    page.tab.evaluate(
        () =>
            new Promise((done, failed) => {
                const opened = indexedDB.open('lambdesk')
                opened.onerror = () => failed(opened.error)
                opened.onsuccess = () => {
                    const database = opened.result
                    const all = database.transaction('drafts').objectStore('drafts').getAll()
                    all.onerror = () => failed(all.error)
                    all.onsuccess = () => {
                        database.close()
                        done(all.result.map(({ text }) => text))
                    }
                }
            }),
    )

/** Ends the process that draws the tab: it can say and keep nothing more. */
async function kill({ tab }) {
    const devtools = await tab.context().newCDPSession(tab)
    const crashed = tab.waitForEvent('crash')
    devtools.send('Page.crash').catch(() => {})
    await crashed
    await tab.close()
}

/** Ends the agent's sessions, as from another machine. */
const endSessions = ({ tab }) =>
    tab.evaluate(async () => {
        const { status } = await fetch('/api/me/sessions/', { method: 'DELETE', headers: { 'X-Lambdesk': '1' } })
        if (status !== 204) throw new Error(`ending the sessions answered ${status}`)
    })

for (const kind of Object.keys(COLLEAGUES))
    story(`half a ${kind} outlives polls, colleagues, other tickets, a reload, a crash and the session`, { allow: [/^console: .*401 /] }, async ({ desk, open }) => {
        const colleague = await desk.agent.colleague(COLLEAGUES[kind])
        const [{ ticket_number: number, id }, { ticket_number: elsewhere }] = await Promise.all(
            ['Ada', 'Zora'].map(async (name) => desk.agent.listed(await new Customer(desk, name).says(`Hello, this is ${name}.`))),
        )
        const page = await open(LIST, { clock: true })
        await page.row(number).click()
        await page.messages.first().waitFor()
        let text = `Half a ${kind}, on two lines:\nand a bit`
        await page.write(kind, text)
        for (const _ of 'a bit') await page.composer.press('ArrowLeft')
        const place = await caret(page)
        assert.equal(place, text.length - 'a bit'.length)
        const isUntouched = async (when) => {
            await stands(page, kind, text, when)
            assert.equal(await caret(page), place, `and is being written ${when}`)
        }

        await page.during('POST', /\/sync\/$/, () => page.runFor(POLLED_MS))
        await page.painted()
        await isUntouched('after a poll')
        await colleague.update(id, { assignee: { type: 'user', id: colleague.member.id } })
        await page.runFor(POLLED_MS)
        await page.sidebar.getByRole('button', { name: COLLEAGUES[kind] }).waitFor()
        await isUntouched('after a colleague took the ticket')
        await colleague.update(id, { status: 'resolved' })
        await page.runFor(POLLED_MS)
        await page.sidebar.getByRole('button', { name: 'Resolved' }).waitFor()
        await isUntouched('after a colleague resolved the ticket')

        await page.row(elsewhere).click()
        await page.message('this is Zora').waitFor()
        await stands(page, 'Reply', '', 'of the other ticket, which has none')
        await page.row(number).click()
        await page.message('this is Ada').waitFor()
        await stands(page, kind, text, 'after another ticket')
        await page.tab.goBack()
        await page.message('this is Zora').waitFor()
        await page.tab.goForward()
        await page.message('this is Ada').waitFor()
        await stands(page, kind, text, 'after going back and forward')

        // At once after the last key.
        text += ', and more'
        await page.composer.fill(text)
        await page.tab.reload()
        await stands(page, kind, text, 'after a reload')

        text += ', and still more'
        await page.composer.fill(text)
        await until('the browser keeps it', async () => (await kept(page)).includes(text))
        assert.deepEqual(page.complaints.unexpected, [])
        await kill(page)
        const again = await open(`/inbox/1/t/${number}`)
        await stands(again, kind, text, 'after a crash')

        await endSessions(again)
        await again.runFor(POLLED_MS)
        const over = again.dialog.filter({ hasText: 'Signed out' })
        await over.waitFor()
        await stands(again, kind, text, 'behind the dialog')
        await again.button('Sign in').click()
        await over.waitFor({ state: 'detached' })
        await stands(again, kind, text, 'after the session')

        // A page that is loaded anew while nobody is signed in.
        text += ', to the end'
        await again.composer.fill(text)
        await endSessions(again)
        await again.runFor(POLLED_MS)
        await over.waitFor()
        await again.tab.reload()
        await stands(again, kind, text, 'after a reload without a session')
        assert.equal((await desk.agent.messages(id)).length, 1, 'nothing was sent')
    })
