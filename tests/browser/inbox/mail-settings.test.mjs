// The settings of e-mail: addresses, what arrived, and what becomes of doubtful mails.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { addressed, arrived, mailed } from './mail.mjs'
import { confirm, field, hasFocus, project, refused, save, section } from './settings.mjs'
import { stories } from './story.mjs'

const story = stories()
const ADDRESSES = '/api/projects/1/conversations/email/addresses/'
const addresses = async (desk) => (await desk.agent.call('GET', ADDRESSES)).json.results

story('an address is added, made the default, and removed', { allow: refused(400, 409) }, async ({ desk, open }) => {
    const page = await open('/inbox/1')
    await section(page, 'email', 'E-mail')
    await page.tab.getByText('This project has no address, so no mail reaches it.').waitFor()
    await page.tab.getByText('desk.example.com. MX 10 inbound-smtp.<region>.amazonaws.com.').waitFor()

    await field(page, 'Address').fill('No good')
    await page.button('Add the address').click()
    await page.tab.getByText('Must be 3 to 40 of a-z, 0-9 and the hyphen, and no name that is kept for the desk.').waitFor()
    await hasFocus(page, field(page, 'Address'))
    await accessible(page.tab)
    await field(page, 'Address').fill('support')
    await field(page, 'Name beside it').fill('Kestrel Support')
    await page.button('Add the address').click()
    await page.tab.getByRole('status').getByText('support@desk.test takes mail from now on.').waitFor()
    await page.tab.getByText('Shown as “Kestrel Support”').waitFor()
    await page.tab.getByText('desk.test. MX 10 inbound-smtp.<region>.amazonaws.com.', { exact: true }).waitFor()
    assert.equal(await field(page, 'Address').inputValue(), '')

    await field(page, 'Address').fill('support')
    await page.button('Add the address').click()
    await page.tab.getByText('A project of this desk has this address already.').waitFor()
    await field(page, 'Address').fill('sales')
    await page.button('Add the address').click()
    await page.tab.getByText('sales@desk.test takes mail from now on.').waitFor()

    await page.button('Make sales@desk.test the default').click()
    await page.button('Make support@desk.test the default').waitFor()
    assert.deepEqual((await addresses(desk)).map(({ address, is_default: isDefault }) => [address, isDefault]), [['sales@desk.test', true], ['support@desk.test', false]])

    await page.button('Send a test from sales@desk.test').click()
    await page.tab.getByRole('status').getByText('A test mail is on its way to agent@example.com.').waitFor()

    await page.button('Remove sales@desk.test').click()
    await page.dialog.getByText('Mail to it opens no ticket any more').waitFor()
    await accessible(page.tab)
    await confirm(page, 'sales@desk.test', 'Remove the address')
    await page.button('Remove sales@desk.test').waitFor({ state: 'detached' })
    assert.deepEqual((await addresses(desk)).map(({ address, is_default: isDefault }) => [address, isDefault]), [['support@desk.test', true]])
})

story('what arrived is listed with what became of it, and narrowed by state and sender', {}, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Ada <ada@example.com>', subject: 'A question' })
    await mailed(desk, { from: 'Shop <news@shop.example.com>', subject: 'Everything must go', headers: { 'List-Unsubscribe': '<https://shop.example.com/u>' } })
    await mailed(desk, { from: 'Win <win@spam.example.com>', subject: 'You have won', found: 'spam=FAIL' })
    await mailed(desk, { from: 'Eve <eve@virus.example.com>', subject: 'The invoice', found: 'virus=FAIL' })
    const page = await open('/inbox/1')
    await section(page, 'email', 'E-mail')
    const held = page.tab.getByRole('list', { name: 'Held mails' }).getByRole('listitem')
    const all = page.tab.getByRole('list', { name: 'Mails, the newest first' }).getByRole('listitem')
    await held.filter({ hasText: 'You have won' }).getByText('It looks like spam.').waitFor()
    await held.filter({ hasText: 'Everything must go' }).getByText('It was sent to many, such as a newsletter.').waitFor()
    await all.filter({ hasText: 'The invoice' }).getByText('It carries a virus. Nobody opened it.').waitFor()
    await all.filter({ hasText: 'A question' }).getByRole('link', { name: /^#\d+$/ }).waitFor()
    assert.equal(await all.count(), (await arrived(desk)).length)

    await field(page, 'Became').selectOption({ label: 'Refused' })
    await all.filter({ hasText: 'A question' }).waitFor({ state: 'detached' })
    await all.filter({ hasText: 'The invoice' }).waitFor()
    await field(page, 'From').fill('ada@example.com')
    await page.button('Show').click()
    await page.tab.getByText('No such mail').waitFor()
    await accessible(page.tab)
    await page.button('Show all').click()
    await all.filter({ hasText: 'You have won' }).waitFor()
    await field(page, 'From').fill('ada@example.com')
    await page.press('Enter')
    await all.filter({ hasText: 'You have won' }).waitFor({ state: 'detached' })
    await all.filter({ hasText: 'A question' }).getByRole('link').first().click()
    await page.tab.waitForURL(/\/t\/\d+$/)
})

story('doubtful mails open tickets once that is set', {}, async ({ desk, open }) => {
    await addressed(desk)
    const page = await open('/inbox/1')
    await section(page, 'email', 'E-mail')
    await field(page, 'Mails that look like spam').selectOption('open')
    await save(page)
    assert.equal((await project(desk)).conversations_settings.email_spam, 'open')
    await mailed(desk, { from: 'Win <win2@spam.example.com>', subject: 'You have won again', found: 'spam=FAIL' })
    const [mail] = await arrived(desk, '?from=win2@spam.example.com')
    assert.equal(mail.state, 'opened')
    await field(page, 'Mails that look like spam').selectOption('held')
    await save(page)
    assert.equal((await project(desk)).conversations_settings.email_spam, undefined)
})

story('a held mail is let in, and one of which nothing became is tried again', {}, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Gus <gus@example.com>', subject: 'Held by mistake', found: 'spam=FAIL' })
    await mailed(desk, { from: 'Out <out@example.com>', subject: 'Out of office', headers: { 'Auto-Submitted': 'auto-replied' } })
    const page = await open('/inbox/1')
    await section(page, 'email', 'E-mail')
    await page.button('Let in “Held by mistake”').first().click()
    await page.tab.getByText('The mail is in.').waitFor()
    await page.tab.getByRole('list', { name: 'Held mails' }).filter({ hasText: 'Held by mistake' }).waitFor({ state: 'detached' })
    const all = page.tab.getByRole('list', { name: 'Mails, the newest first' }).getByRole('listitem')
    const row = all.filter({ hasText: 'Held by mistake' })
    await row.getByText('New ticket').waitFor()
    await row.getByRole('link').waitFor()
    await page.button('Try again: “Out of office”').click()
    await page.tab.getByText('Nothing else became of the mail.').waitFor()
    assert.equal((await arrived(desk, '?from=out@example.com'))[0].state, 'ignored')
})

story('an address elsewhere says what is left to do for it, and its name is changed', { allow: refused(400) }, async ({ desk, open }) => {
    const page = await open('/inbox/1')
    await section(page, 'email', 'E-mail')
    await field(page, 'Kind').selectOption('forwarded')
    await field(page, 'Address').fill('support')
    await page.button('Add the address').click()
    await page.tab.getByText('Must be an e-mail address.').waitFor()
    await hasFocus(page, field(page, 'Address'))
    await field(page, 'Address').fill('support@acme.example.com')
    await page.button('Add the address').click()
    await page.tab.getByText('support@acme.example.com is added. What is left to do stands beside it.').waitFor()
    await page.tab.getByText('Set up at support@acme.example.com that all its mail is forwarded to:').waitFor()
    await page.tab.getByText(/^in-[a-z2-7]{26}@desk\.test$/).waitFor()
    await page.tab.getByText('not verified yet').waitFor()
    await page.tab.getByText(/_domainkey\.acme\.example\.com\. CNAME /).first().waitFor()
    await accessible(page.tab)
    // The owner of the domain needs a while.
    await until('the records are found', async () => {
        await page.during('POST', /\/verify\/$/, () => page.button('Check the records').click())
        return (await page.tab.getByText('The records are there: answers leave from this address now.').count()) > 0
    })
    await page.tab.getByText('verified', { exact: true }).waitFor()

    await page.button('Change the name beside support@acme.example.com').click()
    const name = page.tab.getByRole('listitem').getByLabel('Name beside it')
    await name.fill('Acme Support')
    await page.press('Enter')
    await page.tab.getByText('Shown as “Acme Support”').waitFor()
    await hasFocus(page, page.button('Change the name beside support@acme.example.com'))
    assert.equal((await addresses(desk)).find(({ kind }) => kind === 'forwarded').from_name, 'Acme Support')
})

story('the secret behind addresses for answers is replaced, and the one before ended', {}, async ({ desk, open }) => {
    await addressed(desk)
    const { name } = await project(desk)
    const page = await open('/inbox/1')
    await section(page, 'email', 'E-mail')
    await page.button('Replace the signing secret').click()
    await confirm(page, name, 'Replace')
    await page.tab.getByText('There is a new secret. The one before works too, until you end it.').waitFor()
    await page.button('End the former secret').click()
    await confirm(page, name, 'End the former secret')
    await page.tab.getByText('The former secret has ended.').waitFor()
    const { json } = await desk.agent.call('GET', '/api/projects/1/audit/')
    assert.deepEqual(json.results.slice(0, 2).map(({ action }) => action), ['email_key_previous.deleted', 'email_key.rotated'])
})
