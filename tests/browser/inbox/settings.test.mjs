// The settings: what is saved there is in force, what the desk refuses stands at its control, and what breaks is said before.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { until } from '../until.mjs'
import { WIDGET } from '../visitor.mjs'
import { accessible } from './axe.mjs'
import { confirm, field, hasFocus, PROJECT, project, refused, save, section } from './settings.mjs'
import { stories } from './story.mjs'

const story = stories()

story('a project is named and timed, and leaving asks', { allow: refused(400) }, async ({ open, desk }) => {
    const page = await open('/inbox/1')
    await page.rows.first().or(page.tab.getByText('No tickets yet')).waitFor()
    await page.press('g')
    await page.press('s')
    await page.tab.getByRole('link', { name: 'Project', exact: true }).click()
    const name = field(page, 'Name')
    await name.fill('Kestrel & Söhne')
    await page.tab.getByRole('button', { name: /^Time zone/ }).click()
    await page.tab.getByPlaceholder('Search', { exact: true }).fill('lisbon')
    await page.tab.getByRole('option', { name: /Lisbon/ }).waitFor()
    await page.press('Enter')
    await field(page, 'Resolve pending tickets after').fill('999')
    await page.button('Save').click()

    await page.tab.getByText('Must be a whole number of days from 1 to 365.').waitFor()
    await hasFocus(page, field(page, 'Resolve pending tickets after'))
    await accessible(page.tab)
    assert.equal(await name.inputValue(), 'Kestrel & Söhne')

    // Neither a link nor Back loses what was typed.
    for (const leave of [() => page.tab.getByRole('link', { name: 'Members' }).click(), () => page.tab.goBack()]) {
        await leave()
        await page.dialog.getByText('Leave without saving?').waitFor()
        await accessible(page.tab)
        await page.button('Stay here').click()
        await page.dialog.waitFor({ state: 'detached' })
        assert.equal(await name.inputValue(), 'Kestrel & Söhne')
        assert.equal(new URL(page.tab.url()).pathname, '/inbox/1/settings/project')
    }

    // Escape leads out of the field, not out of the settings.
    await field(page, 'Resolve pending tickets after').fill('7')
    await page.press('Escape')
    await hasFocus(page, page.tab.getByRole('heading', { level: 1 }))
    await save(page)
    const { name: saved, conversations_settings: settings } = await project(desk)
    assert.deepEqual([saved, settings.timezone, settings.auto_resolve_pending_days], ['Kestrel & Söhne', 'Europe/Lisbon', 7])
    await page.tab.getByRole('navigation', { name: 'Views' }).getByText('Kestrel & Söhne').waitFor()

    await field(page, 'Resolve pending tickets after').fill('')
    await save(page)
    assert.equal((await project(desk)).conversations_settings.auto_resolve_pending_days, undefined)

    await name.fill('Forgotten')
    await page.tab.goBack()
    await page.button('Leave without saving').click()
    await page.tab.waitForURL('**/inbox/1/settings/personal')
    assert.equal((await project(desk)).name, 'Kestrel & Söhne')
})

story('what is typed outlives a desk that does not answer', { allow: refused(503) }, async ({ open, desk }) => {
    const page = await open('/inbox/1')
    await section(page, 'project', 'Project')
    const before = await project(desk)
    await field(page, 'Name').fill('Answered at last')
    await page.tab.route('**/api/projects/1', (route) => (route.request().method() === 'PATCH' ? route.fulfill({ status: 503, body: '{}' }) : route.fallback()))
    await page.button('Save').click()
    await page.tab.getByText('The desk is busy.').waitFor()
    assert.equal(await field(page, 'Name').inputValue(), 'Answered at last')
    assert.equal((await project(desk)).name, before.name)
    await page.tab.unrouteAll()
    await save(page)
    assert.equal((await project(desk)).name, 'Answered at last')
})

story('the widget is drawn as it is set, and runs where it may', { allow: refused(400) }, async ({ open, desk }) => {
    const page = await open('/inbox/1/settings/widget')
    const preview = page.tab.getByRole('figure', { name: 'Preview' })
    await field(page, 'Greeting').fill('Grüß Gott <b>everyone</b>')
    await preview.getByText('Grüß Gott <b>everyone</b>').waitFor()
    await field(page, 'Colour').fill('red')
    await page.button('Save').click()
    await page.tab.getByText('Must be a colour like #1d4aff.').waitFor()
    await hasFocus(page, field(page, 'Colour'))
    await field(page, 'Colour').fill('#ffcc00')
    await field(page, 'Ask for an e-mail address').check()
    await preview.getByText('Before we start...').waitFor()

    await field(page, 'Allowed domains').fill('shop.example.com\n*.example.org')
    const tried = field(page, 'Try an address')
    for (const [address, verdict] of [
        ['https://shop.example.com/cart', 'The widget runs on shop.example.com: “shop.example.com” allows it.'],
        ['a.b.example.org', 'The widget runs on a.b.example.org: “*.example.org” allows it.'],
        ['evilexample.org', 'The widget does not run on evilexample.org.'],
        ['not an address', 'This is no address.'],
    ]) {
        await tried.fill(address)
        await page.tab.getByText(verdict, { exact: true }).waitFor()
    }
    await tried.fill('')
    await save(page)

    const { conversations_settings: settings } = await project(desk)
    assert.deepEqual(settings.widget_domains, ['shop.example.com', '*.example.org'])
    assert.deepEqual([settings.widget_color, settings.widget_require_email], ['#ffcc00', true])
    // What the desk tries and what it does is the same.
    const status = async (origin) => {
        const body = JSON.stringify({ message: 'Hello', widget_session_id: randomUUID(), distinct_id: randomUUID() })
        const headers = { 'X-Conversations-Token': settings.widget_public_token, 'Content-Type': 'application/json', Origin: origin }
        return (await fetch(`${desk.url}${WIDGET}message`, { method: 'POST', headers, body })).status
    }
    assert.equal(await status('https://a.b.example.org'), 200)
    assert.equal(await status('https://evilexample.org'), 403)

    await page.tab.getByText(`posthog.init('phc_local'`).first().waitFor()
    await field(page, 'Greeting').fill('Hey, how can I help you today?')
    await field(page, 'Allowed domains').fill('')
    await save(page)
    const { conversations_settings: after } = await project(desk)
    assert.deepEqual([after.widget_greeting_text, after.widget_domains], [undefined, undefined], 'what is as by default is not set')
})

story('a member is invited, raised, and removed with what they had', { allow: refused(400, 404) }, async ({ open, desk }) => {
    const { agent } = desk
    const ben = await agent.colleague('Benedikt')
    const { id } = await agent.file('Ben’s own', { status: 'open' })
    await agent.update(id, { status: 'open', assignee: { type: 'user', id: ben.member.id } })
    const page = await open('/inbox/1')
    await section(page, 'members', 'Members')

    await field(page, 'E-mail').fill('not an address')
    await field(page, 'First name').fill('Nadia')
    await page.button('Invite').click()
    await hasFocus(page, field(page, 'E-mail'))
    await accessible(page.tab)
    await field(page, 'E-mail').fill('nadia@example.com')
    await page.button('Invite').click()
    await page.tab.getByText('Nadia is a member now.').waitFor()
    await page.tab.getByText(`${desk.url}/inbox/1`, { exact: true }).waitFor()
    await accessible(page.tab)
    const members = async () => (await agent.call('GET', `${PROJECT}members/`)).json.results
    const nadia = (await members()).find(({ email }) => email === 'nadia@example.com')
    assert.deepEqual([nadia.first_name, nadia.access], ['Nadia', 'agent'])

    await page.during('PATCH', /\/members\/\d+\/$/, () => field(page, 'Access of Nadia').selectOption('admin'))
    await page.tab.getByRole('status').getByText('Saved', { exact: true }).waitFor()
    assert.equal((await members()).find(({ id }) => id === nadia.id).access, 'admin')
    await page.during('PATCH', /\/members\/\d+\/$/, () => field(page, 'Access of Nadia').selectOption('agent'))

    await page.button('Unbind the sign-in of Nadia').click()
    await page.dialog.getByText('They are signed out everywhere.').waitFor()
    await page.dialog.getByLabel('Type “Nadia” to confirm').fill('Nadia')
    await page.dialog.getByRole('button', { name: 'Unbind', exact: true }).click()
    await page.dialog.getByText('No sign-in is bound to Nadia').waitFor()
    await page.dialog.getByRole('button', { name: 'Cancel' }).click()

    await page.button('Remove Benedikt').click()
    await page.dialog.getByText('1 open ticket is assigned to Benedikt.').waitFor()
    await accessible(page.tab)
    await page.dialog.getByLabel('Open tickets become').selectOption({ label: 'Nadia' })
    await page.dialog.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.dialog.getByText('This is not the same name.').waitFor()
    await confirm(page, 'Benedikt', 'Remove')
    await page.tab.getByText('Benedikt is no longer a member.').waitFor()
    await page.button('Remove Benedikt').waitFor({ state: 'detached' })
    await hasFocus(page, page.tab.getByRole('heading', { level: 1 }))

    assert.equal((await agent.listed(id)).assignee.id, nadia.id)
    await assert.rejects(ben.tickets(), /answered (401|404)/)
    await desk.drain()
})

story('the last administrator stays one, and is told why', { allow: refused(409) }, async ({ open, desk }) => {
    // Whoever another story left as an administrator is none any more.
    const { json } = await desk.agent.call('GET', `${PROJECT}members/`)
    for (const { id, access } of json.results) if (id !== 1 && access === 'admin') await desk.agent.call('PATCH', `${PROJECT}members/${id}/`, { access: 'agent' })
    const page = await open('/inbox/1')
    await section(page, 'members', 'Members')
    await field(page, 'Access of Agent').selectOption('agent')
    await page.dialog.getByLabel('Type “Agent” to confirm').fill('Agent')
    await page.dialog.getByRole('button', { name: 'Make me an agent' }).click()
    await page.dialog.getByText('A project keeps an administrator, and this is the last one.').waitFor()
    await accessible(page.tab)
    await page.dialog.getByRole('button', { name: 'Cancel' }).click()
    assert.equal(await field(page, 'Access of Agent').inputValue(), 'admin')
})

story('a role is created, filled, given tickets, renamed and deleted', { allow: refused(400, 404) }, async ({ open, desk }) => {
    const { agent } = desk
    await agent.colleague('Rosa')
    const { id, ticket_number: number } = await agent.file('For the couriers', { status: 'open' })
    const page = await open('/inbox/1')
    await section(page, 'roles', 'Roles')
    const roles = async () => (await agent.call('GET', `${PROJECT}roles/`)).json.results

    await field(page, 'Name').fill('Couriers')
    await page.button('Create the role').click()
    await page.tab.getByText('Couriers', { exact: true }).waitFor()
    await field(page, 'Name').fill('Couriers')
    await page.button('Create the role').click()
    await page.tab.locator('[data-field=name] [role=alert]').waitFor()
    await hasFocus(page, field(page, 'Name'))
    assert.equal(await field(page, 'Name').inputValue(), 'Couriers')
    await field(page, 'Name').fill('')

    await page.button('Members of Couriers').click()
    await page.during('PATCH', /\/roles\//, () => page.tab.getByRole('option', { name: /^Rosa/ }).click())
    await page.press('Escape')
    await page.button('Rename Couriers').click()
    await page.press('Escape')
    await hasFocus(page, page.button('Rename Couriers'))
    await page.press('Enter')
    await field(page, 'Name').first().fill('Delivery')
    await page.press('Enter')
    await page.button('Rename Delivery').waitFor()
    const role = (await roles()).find(({ name }) => name === 'Delivery')
    assert.equal(role.members.length, 1)

    // It can be chosen at once, without the page being loaded anew.
    await page.tab.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'All open' }).click()
    await page.row(number).click()
    await page.messages.first().waitFor()
    await page.press('a')
    await page.tab.getByPlaceholder('Search', { exact: true }).fill('Delivery')
    await page.tab.getByRole('option', { name: /^Delivery/ }).waitFor()
    await page.press('Enter')
    await until('the role has it', async () => (await agent.listed(id)).assignee?.id === role.id)

    const action = { name: 'To the couriers', content: '', actions: { assignee: { type: 'role', id: role.id } } }
    await agent.call('POST', `${PROJECT}conversations/quick_actions/`, action)
    await section(page, 'roles', 'Roles')
    await page.button('Delete the role Delivery').click()
    await page.dialog.getByText('1 open ticket is assigned to Delivery.').waitFor()
    await page.dialog.getByText('the quick action To the couriers').waitFor()
    await accessible(page.tab)
    await confirm(page, 'Delivery', 'Delete the role')
    await page.tab.getByText('The role Delivery is deleted.').waitFor()
    assert.equal((await agent.listed(id)).assignee, null)
    assert.ok(!(await roles()).some(({ id }) => id === role.id))

    // Somebody else was quicker: that is said, and what was typed stays.
    const { json: short } = await agent.call('POST', `${PROJECT}roles/`, { name: 'Short-lived' })
    await section(page, 'roles', 'Roles')
    await page.button('Rename Short-lived').click()
    await agent.call('DELETE', `${PROJECT}roles/${short.id}/`)
    await field(page, 'Name').first().fill('Long-lived')
    await page.press('Enter')
    await page.tab.getByText('This is no longer here: somebody removed it meanwhile.').waitFor()
    assert.equal(await field(page, 'Name').first().inputValue(), 'Long-lived')
})

story('a secret is shown, and one that was rotated twice is refused', {}, async ({ open, desk }) => {
    const { agent } = desk
    const { name, secret_api_token: first } = await project(desk)
    const { id } = await agent.file('Ask the machine', { status: 'open' })
    const status = async (secret) =>
        (await fetch(`${desk.url}/api/conversations/external/ticket/${id}`, { headers: { Authorization: `Bearer ${secret}` } })).status
    const page = await open('/inbox/1')
    await section(page, 'keys', 'Keys and secrets')

    await page.button('Show the secret').waitFor()
    assert.equal(await page.tab.getByText(first, { exact: true }).count(), 0)
    await page.button('Show the secret').click()
    await page.tab.getByText(first, { exact: true }).waitFor()
    await accessible(page.tab)
    await hasFocus(page, page.button('Hide'))
    await page.button('Hide').click()
    await page.tab.getByText(first, { exact: true }).waitFor({ state: 'detached' })

    await page.button('Rotate the secret').click()
    await page.dialog.getByText('The present one goes on working as the backup').waitFor()
    await accessible(page.tab)
    await confirm(page, name, 'Rotate')
    await page.tab.getByText('There is a new secret. The one before works as the backup.').waitFor()
    const second = (await project(desk)).secret_api_token
    await page.tab.getByText(second, { exact: true }).waitFor()
    assert.deepEqual([await status(first), await status(second)], [200, 200])

    await page.tab.getByText('The secret from before that still works, as the backup.').waitFor()
    await page.button('Rotate the secret').click()
    await page.dialog.getByText(/^The secret was rotated already, on .* the one from before that ends at once/).waitFor()
    await confirm(page, name, 'Rotate')
    const third = await until('there is a third', async () => {
        const { secret_api_token: now } = await project(desk)
        return now !== second && now
    })
    await page.tab.getByText(third, { exact: true }).waitFor()
    assert.equal(await status(first), 401)
    assert.deepEqual([await status(second), await status(third)], [200, 200])

    await page.button('Delete the backup').click()
    await page.dialog.getByText('The secret from before the last rotation ends at once').waitFor()
    await confirm(page, name, 'Delete the backup')
    await page.tab.getByText('The backup has ended. Only the present secret works.').waitFor()
    assert.deepEqual([await status(second), await status(third)], [401, 200])
    await page.tab.getByText('The backup was deleted since.').waitFor()
})

story('a key is shown once, works, and ends; an old widget token is refused', { allow: refused(400), permissions: ['clipboard-read', 'clipboard-write'] }, async ({ open, desk }) => {
    const page = await open('/inbox/1')
    await section(page, 'keys', 'Keys and secrets')
    const status = async (value) => (await fetch(`${desk.url}/api/projects/1/conversations/tickets/?limit=1`, { headers: { Authorization: `Bearer ${value}` } })).status

    await field(page, 'Label').fill('Nightly export')
    await page.button('Make the key').click()
    await page.tab.locator('fieldset [role=alert]').waitFor()
    assert.equal(await field(page, 'Label').inputValue(), 'Nightly export')
    await page.tab.getByRole('checkbox', { name: /^ticket:read/ }).check()
    await page.button('Make the key').click()
    await page.dialog.getByText('Copy the key now').waitFor()
    await accessible(page.tab)
    const value = await page.dialog.getByRole('group', { name: 'key' }).innerText()
    await page.dialog.getByRole('button', { name: 'Copy key' }).click()
    await page.dialog.getByRole('status').getByText('Copied').waitFor({ state: 'attached' })
    assert.equal(await page.tab.evaluate(() => navigator.clipboard.readText()), value)
    // It can't be lost by a key pressed too early.
    await page.press('Escape')
    await page.button('I have copied it').click()
    await page.dialog.waitFor({ state: 'detached' })
    assert.equal(await status(value), 200)
    await page.tab.getByText('Nightly export', { exact: true }).waitFor()
    assert.equal(await page.tab.getByText(value).count(), 0)

    await page.button('End the key Nightly export').click()
    await confirm(page, 'Nightly export', 'End the key')
    await page.button('End the key Nightly export').waitFor({ state: 'detached' })
    await hasFocus(page, page.tab.getByRole('heading', { level: 1 }))
    assert.equal(await status(value), 401)

    const { name, conversations_settings: { widget_public_token: old } } = await project(desk)
    const boot = async (token) => {
        const body = JSON.stringify({ message: 'Hello', widget_session_id: randomUUID(), distinct_id: randomUUID() })
        const headers = { 'X-Conversations-Token': token, 'Content-Type': 'application/json' }
        return (await fetch(`${desk.url}${WIDGET}message`, { method: 'POST', headers, body })).status
    }
    assert.equal(await boot(old), 200)
    await page.button('Rotate the widget token').click()
    await page.dialog.getByText('The old token ends at once.').waitFor()
    await confirm(page, name, 'Rotate')
    await page.tab.getByText('The old token has ended.').waitFor()
    const { conversations_settings: { widget_public_token: fresh } } = await project(desk)
    await page.tab.getByText(fresh, { exact: true }).waitFor()
    assert.deepEqual([await boot(old), await boot(fresh)], [403, 200])
})

story('sessions are listed and ended, one and all', { allow: refused(401) }, async ({ open }) => {
    const page = await open('/inbox/1')
    const other = await open('/inbox/1', { fresh: true })
    await other.rows.first().or(other.tab.getByText('No tickets yet')).waitFor()
    await section(page, 'sessions', 'Sessions')
    await page.tab.getByText('this browser', { exact: true }).waitFor()
    const ends = page.tab.getByRole('button', { name: /^Sign out Chrome on Linux, signed in/ })
    await until('each other session has its button', async () => (await ends.count()) > 0)
    for (let left = await ends.count(); left > 0; left -= 1) {
        await ends.first().click()
        await until('one less', async () => (await ends.count()) === left - 1)
    }
    await other.dialog.getByText('Signed out', { exact: true }).waitFor()

    await page.button('Sign out everywhere').click()
    await page.tab.waitForURL((url) => url.searchParams.has('signed-out'))
    const { status } = await page.tab.request.get(`${page.desk.url}/api/me/`, { headers: { 'X-Lambdesk': '1' } }).then((answer) => ({ status: answer.status() }))
    assert.equal(status, 401)
})

story('what an agent prefers is chosen here too, and kept for every machine', {}, async ({ open, desk }) => {
    const page = await open('/inbox/1')
    await section(page, 'personal', 'Personal')
    await page.during('PUT', /\/api\/me\/preferences\/$/, () => field(page, 'Compact').check())
    const elsewhere = await open('/inbox/1/settings/personal', { fresh: true })
    await until('it is compact there', () => field(elsewhere, 'Compact').isChecked())
    await page.during('PUT', /\/api\/me\/preferences\/$/, () => field(page, 'Comfortable').check())
    assert.ok(desk)
})

story('the settings at 320 px, and each section by axe', { viewport: { width: 320, height: 640 } }, async ({ open }) => {
    const page = await open('/inbox/1/settings/project')
    for (const heading of ['Project', 'Widget', 'Keys and secrets', 'Members', 'Roles', 'Personal', 'Sessions']) {
        await page.tab.getByRole('button', { name: /^Sections of the settings/ }).click()
        await page.tab.getByRole('menuitemcheckbox', { name: heading, exact: true }).click()
        await page.tab.getByRole('heading', { level: 1, name: heading }).waitFor()
        await page.tab.getByText('Loading', { exact: true }).first().waitFor({ state: 'detached' })
        await page.painted()
        const sideways = await page.tab.evaluate(() => [document.documentElement, document.querySelector('.content')].filter((box) => box.scrollWidth > box.clientWidth).length)
        assert.equal(sideways, 0, `${heading} scrolls sideways`)
        await accessible(page.tab)
    }
})

// The last one: who removed themselves is not in this desk's project any more.
story('an administrator who removes themselves is out', { allow: refused(401, 404) }, async ({ open, desk }) => {
    await desk.agent.colleague('Philippa', 'admin')
    const page = await open('/inbox/1')
    await section(page, 'members', 'Members')
    await page.button('Remove Agent').click()
    await page.dialog.getByText('You remove yourself.').waitFor()
    await page.dialog.getByLabel('Type “Agent” to confirm').fill('Agent')
    await page.dialog.getByRole('button', { name: 'Leave the project' }).click()
    await page.tab.getByText('You are a member of no project.').waitFor()
    const status = await page.tab.evaluate(async () => {
        const answer = await fetch('/api/projects/1/', { headers: { 'X-Lambdesk': '1' } })
        await answer.text()
        return answer.status
    })
    assert.ok([401, 404].includes(status), `the session gets ${status}`)
})
