// Workflows: the gallery, the editor, trying one without a change, and what their runs did.

import assert from 'node:assert/strict'
import { Agent } from '../agent.mjs'
import { until } from '../until.mjs'
import { stories } from './story.mjs'
import { WorkflowEditor } from './workflow-editor.mjs'

const story = stories()

const PROJECT = '/api/projects/1/'
const WORKFLOWS = `${PROJECT}conversations/workflows/`
const ROLES = ['Engineering', 'Senior Support', 'Support']

const workflows = async (agent) => (await agent.call('GET', WORKFLOWS)).json.results
const workflow = async (agent, id) => (await agent.call('GET', `${WORKFLOWS}${id}/`)).json
const runs = async (agent, id) => (await agent.call('GET', `${WORKFLOWS}${id}/runs/`)).json.results
const roles = async (agent) => (await agent.call('GET', `${PROJECT}roles/`)).json.results
const examples = async (agent) => (await agent.call('GET', `${WORKFLOWS}gallery/`)).json.results
const essence = ({ name, enabled, trigger, steps }) => ({ name, enabled, trigger, steps })
const take = async (agent, slug) => (await agent.call('POST', `${WORKFLOWS}gallery/${slug}/`)).json
const change = async (agent, id, body) => (await agent.call('PATCH', `${WORKFLOWS}${id}/`, body)).json

/** Each story has its own workflows, and the roles that they name. */
async function begin({ agent }, ...slugs) {
    for (const { id } of await workflows(agent)) await agent.call('DELETE', `${WORKFLOWS}${id}/`)
    const known = (await roles(agent)).map(({ name }) => name)
    for (const name of ROLES) if (!known.includes(name)) await agent.call('POST', `${PROJECT}roles/`, { name })
    return Promise.all(slugs.map((slug) => take(agent, slug)))
}

/** A ticket filed over the API, once every workflow that it set off has run. */
async function filed(desk, message, more) {
    const ticket = await desk.agent.file(message, more)
    await desk.drain()
    return desk.agent.listed(ticket.id)
}

story('the eleven of the gallery are drawn and saved, after the roles that they name were made', {}, async ({ open, desk }) => {
    const { agent } = desk
    await begin(desk)
    for (const { id, name } of await roles(agent)) if (ROLES.includes(name)) await agent.call('DELETE', `${PROJECT}roles/${id}/`)

    const page = await open('/inbox/1/workflows')
    await page.tab.getByText('No workflows yet').waitFor()
    await page.button('Gallery').click()
    const cards = page.tab.locator('[data-example]')
    await until('eleven are drawn', async () => (await cards.count()) === 11)
    const last = cards.last()
    await last.getByRole('button', { name: 'Create role Engineering' }).waitFor()
    assert.ok(await last.getByRole('button', { name: /^Use this/ }).isDisabled())
    const relying = await cards.filter({ hasText: 'It is a claim' }).evaluateAll((all) => all.map((card) => card.dataset.example.slice(0, 2)))
    assert.deepEqual(relying, ['08', '11'])

    for (const role of ROLES) {
        await page.tab.getByRole('button', { name: `Create role ${role}` }).first().click()
        await page.tab.getByText(`This project has no role “${role}”.`).first().waitFor({ state: 'detached' })
    }
    const all = await examples(agent)
    for (const { slug } of all) {
        const card = page.tab.locator(`[data-example="${slug}"]`)
        await card.getByRole('button', { name: /^Use this/ }).click()
        await card.getByText('Saved, and on').waitFor()
    }
    const saved = await workflows(agent)
    assert.deepEqual(saved.map(({ name }) => name), all.map(({ workflow: { name } }) => name))
    for (const { workflow: { trigger } } of all) assert.ok(saved.some((each) => each.trigger.event === trigger.event))

    await page.tab.getByRole('link', { name: 'All workflows' }).click()
    const rows = page.tab.locator('[data-workflow]')
    await until('the list has them in running order', async () =>
        String(await rows.evaluateAll((all) => all.map((row) => row.dataset.workflow))) === String(saved.map(({ id }) => id)),
    )
    await rows.last().getByText('Has not run yet').waitFor()
    const row = rows.nth(9)
    const toggle = row.getByRole('switch', { name: `Run “${saved[9].name}” on events` })
    const does = () => toggle.evaluate((input) => document.getElementById(input.getAttribute('aria-describedby')).textContent)
    assert.equal(await does(), 'Turn off: events no longer start it')
    await row.getByText('On', { exact: true }).waitFor()
    await toggle.hover()
    await page.tab.locator('.tooltip').filter({ hasText: 'Turn off: events no longer start it' }).waitFor()
    await toggle.click()
    await until('it is off', async () => !(await workflow(agent, saved[9].id)).enabled)
    await row.getByText('Off', { exact: true }).waitFor()
    assert.equal(await does(), 'Turn on: events start it')
    await rows.nth(9).getByText('only if New status is Pending').waitFor()
})

story('an example that is pressed twice is copied once, and again only when that is asked for', {}, async ({ open, desk }) => {
    await begin(desk)
    const GALLERY = '/inbox/1/workflows/gallery'
    const page = await open(GALLERY)
    const card = page.tab.locator('[data-example="06-pending-after-reply"]')
    await page.during('POST', /\/gallery\/[\w-]+\/$/, () => card.getByRole('button', { name: /^Use this/ }).dblclick())
    const saved = card.getByText('Saved, and on')
    // Where the answer was faster than the second press, that has opened the copy.
    await saved.or(page.tab.getByRole('textbox', { name: 'Name', exact: true })).first().waitFor()
    const [first, ...others] = await workflows(desk.agent)
    assert.deepEqual(others, [])

    await page.go(GALLERY)
    await card.getByText('A workflow of this name is there already.').waitFor()
    assert.equal(await card.getByRole('button', { name: /^Use this/ }).count(), 0)
    await card.getByRole('button', { name: /^Open it/ }).click()
    await page.tab.waitForURL(`**/inbox/1/workflows/${first.id}`)

    await page.tab.goBack()
    await card.getByRole('button', { name: /^Use again/ }).click()
    await saved.waitFor()
    const both = await workflows(desk.agent)
    assert.equal(both.length, 2)
    await card.getByRole('button', { name: /^Open it/ }).click()
    await page.tab.waitForURL(`**/inbox/1/workflows/${both.find(({ id }) => id !== first.id).id}`)
})

story('tags that a step adds are named before it is saved', {}, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '06-pending-after-reply')
    const page = await open(`/inbox/1/workflows/${id}`)
    const editor = new WorkflowEditor(page)
    await editor.card('Update ticket').click()
    await editor.control('steps[0].inputs.tags_mode').selectOption('add')
    await editor.tree.getByText('Choose at least one tag, or leave the tags unchanged.').waitFor()
    const sent = []
    page.tab.on('request', (request) => request.method() === 'PATCH' && sent.push(request.url()))
    await editor.tabNamed('JSON').click()
    await page.button('Save').click()
    const tags = editor.control('steps[0].inputs.tags')
    await tags.and(page.tab.locator(':focus')).waitFor()
    assert.equal(await tags.getAttribute('aria-invalid'), 'true')
    await page.tab.getByRole('alert').filter({ hasText: 'This step adds or removes tags, and names none.' }).waitFor()
    await editor.pick(tags, 'vip', 'vip', true)
    assert.equal((await editor.save()).status(), 200)
    assert.equal(sent.length, 1, 'nothing was sent without a tag')
    const { tags: named, tags_mode: mode } = (await workflow(desk.agent, id)).steps[0].inputs
    assert.deepEqual([named, mode], [['vip'], 'add'])
})

story('number 11 is changed, tried without a change, and run; its log is the desk’s', {}, async ({ open, desk }) => {
    const { agent } = desk
    const [{ id }] = await begin(desk, '11-full-triage')
    const page = await open('/inbox/1/workflows')
    const editor = new WorkflowEditor(page)
    await page.tab.getByRole('link', { name: 'Full SLA workflow' }).click()
    await editor.card('Deadline in 24 hours').click()
    await editor.control('steps[1].branches[0].steps[0].inputs.sla_amount').fill('8')
    await editor.control('steps[1].branches[0].steps[0].inputs.status').selectOption('open')
    await page.tab.getByText('Not saved', { exact: true }).waitFor()
    assert.equal((await editor.save()).status(), 200)
    const inputs = (await workflow(agent, id)).steps[1].branches[0].steps[0].inputs
    assert.deepEqual([inputs.sla_amount, inputs.status, inputs.priority], ['8', 'open', 'low'])
    await editor.card('Deadline in 8 hours').waitFor()

    await change(agent, id, { enabled: false })
    const ticket = await filed(desk, 'The build is red', { channel_source: 'slack', anonymous_traits: { name: 'Ada', email: 'ada@enterprise.com' } })
    await editor.tabNamed('Try').click()
    await editor.pick(page.button('Ticket: Choose a ticket'), `#${ticket.ticket_number}`, `#${ticket.ticket_number}`)
    const { response } = await page.during('POST', /\/dry_run\/$/, () => page.button('Try').click())
    const told = await response.json()
    await page.tab.getByText('Nothing was changed').waitFor()
    assert.deepEqual(told.steps.map(({ step, branch }) => [step, branch ?? null]), [
        ['steps[0]', null], ['steps[1]', 'branches[0]'], ['steps[1].branches[0].steps[0]', null],
    ])
    assert.deepEqual(await editor.lanes(), { 'steps[1].branches[0]': true, 'steps[1].branches[1]': false, 'steps[1].else': false })
    assert.deepEqual(await editor.marks('taken'), ['When', 'Get ticket', 'If', 'Update ticket'])
    await editor.tree.getByText('Channel was Slack').waitFor()
    await editor.tree.getByText('Priority: Low').waitFor()
    await editor.tree.getByText('An earlier branch holds').waitFor()

    await page.tab.getByText('Alter the event').click()
    await page.tab.getByRole('combobox', { name: 'Channel', exact: true }).selectOption('widget')
    await page.tab.getByText('Nothing was changed').waitFor({ state: 'detached' })
    await page.during('POST', /\/dry_run\/$/, () => page.button('Try').click())
    await editor.tree.getByText('Channel was Chat').waitFor()
    await editor.tree.getByText('Customer’s e-mail was ada@enterprise.com').waitFor()
    assert.deepEqual(await editor.lanes(), { 'steps[1].branches[0]': false, 'steps[1].branches[1]': true, 'steps[1].else': false })
    const after = await agent.listed(ticket.id)
    assert.deepEqual([after.priority ?? null, after.status, after.updated_at], [ticket.priority ?? null, ticket.status, ticket.updated_at])

    await change(agent, id, { enabled: true })
    const first = await filed(desk, 'From Slack', { channel_source: 'slack' })
    const second = await filed(desk, 'From elsewhere', {})
    assert.deepEqual([first.priority, first.status, second.priority], ['low', 'open', 'medium'])
    await editor.open(id, 'runs')
    const log = await runs(agent, id)
    assert.deepEqual(log.map(({ ticket_id }) => ticket_id), [second.id, first.id])
    const rows = page.tab.locator('[data-run]')
    await rows.getByText(`#${second.ticket_number}`).waitFor()
    assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => row.dataset.run)), log.map((run) => run.id))
    for (const [at, run] of log.entries()) {
        const ended = Date.parse(run.finished_at) - Date.parse(run.started_at)
        const words = await rows.nth(at).innerText()
        for (const part of ['A ticket is created', 'Acted', `#${[second, first][at].ticket_number}`, ended < 1_000 ? `${ended} ms` : ' s']) assert.ok(words.includes(part), `${words} has ${part}`)
        await rows.nth(at).click()
        const taken = run.steps.flatMap(({ step, detail }) => (typeof detail === 'string' ? [`${step}.${detail}`] : []))
        await until(`the tree shows ${taken}`, async () => {
            const lanes = Object.entries(await editor.lanes())
            return String(lanes.flatMap(([place, isTaken]) => (isTaken ? [place] : []))) === String(taken)
        })
    }
    await editor.tree.getByText('Status: Open').waitFor()
    await page.tab.getByText('The workflow was changed after this run').waitFor({ state: 'detached' })
})

story('what the desk refuses has the focus, and says why', { allow: [/status of 400/] }, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '01-sla-by-channel')
    const page = await open(`/inbox/1/workflows/${id}?panel=json`)
    const editor = new WorkflowEditor(page)
    const text = await editor.json.inputValue()
    await editor.json.fill(text.replace('"operator": "equals"', '"operator": "equalz"'))
    assert.equal((await editor.save()).status(), 400)
    const operator = editor.control('steps[0].branches[0].when.operator')
    await operator.and(page.tab.locator(':focus')).waitFor()
    await page.tab.getByRole('alert').filter({ hasText: 'Must be one of equals, not_equals' }).waitFor()
    assert.equal(await operator.getAttribute('aria-invalid'), 'true')
    await operator.selectOption('not_equals')
    assert.equal((await editor.save()).status(), 200)
    await until('the complaint is gone', async () => (await operator.getAttribute('aria-invalid')) === null)
    assert.equal((await workflow(desk.agent, id)).steps[0].branches[0].when.operator, 'not_equals')

    // What can't be drawn stays in the JSON, and is not saved.
    await editor.tabNamed('JSON').click()
    await editor.json.fill(text.replace('"branches"', '"branchez"'))
    await page.tab.getByRole('alert').filter({ hasText: 'steps[0]' }).waitFor()
    await editor.tabNamed('Steps').click()
    await page.button('Save').click()
    await editor.json.and(page.tab.locator(':focus')).waitFor()
    await editor.json.fill(text)
    await page.tab.getByRole('alert').waitFor({ state: 'detached' })
    assert.equal((await editor.save()).status(), 200)

    await editor.name.fill('')
    await page.button('Save').click()
    await editor.name.and(page.tab.locator(':focus')).waitFor()
    await page.tab.getByRole('alert').filter({ hasText: 'Give it a name first.' }).waitFor()
    await editor.name.fill('Named again')
    assert.equal((await editor.save()).status(), 200)
})

story('each of the eleven is built in the editor from nothing, and three of them run', { timeout: 480_000 }, async ({ open, desk, t }) => {
    const { agent } = desk
    const expected = new Map()
    for (const [at, { slug }] of (await examples(agent)).entries()) {
        const [saved] = await begin(desk, slug)
        expected.set(at, essence(saved))
    }
    await begin(desk)
    const page = await open('/inbox/1')
    const editor = new WorkflowEditor(page)
    const built = []
    for (const [at, { slug, workflow: example }] of (await examples(agent)).entries()) {
        const id = await editor.build(example)
        t.diagnostic(`${slug} is built`)
        assert.deepEqual(essence(await workflow(agent, id)), expected.get(at), slug)
        await change(agent, id, { enabled: false })
        built.push(id)
    }

    const support = (await roles(agent)).find(({ name }) => name === 'Support')
    await change(agent, built[2], { enabled: true })
    const assigned = await filed(desk, 'Who has this?', {})
    assert.equal(assigned.assignee?.id, support.id)
    await change(agent, built[2], { enabled: false })

    await change(agent, built[4], { enabled: true })
    const answered = await filed(desk, 'Is anybody there?', { status: 'new' })
    await agent.reply(answered.id, 'We are', { changes: {} })
    await desk.drain()
    assert.equal((await agent.listed(answered.id)).status, 'open')
    await change(agent, built[4], { enabled: false })

    await change(agent, built[7], { enabled: true })
    const tagged = await filed(desk, 'From the large one', { anonymous_traits: { email: 'eve@bigcorp.com' } })
    assert.deepEqual(tagged.tags, ['enterprise', 'priority'])
    for (const at of [2, 4, 7]) assert.deepEqual((await runs(agent, built[at])).map(({ outcome }) => outcome).at(0), 'acted', `${at + 1}`)
})

story('a workflow that someone else changed meanwhile is not overwritten, and nothing is lost', { allow: [/status of 412/] }, async ({ open, desk }) => {
    const { agent } = desk
    const [{ id, steps }] = await begin(desk, '06-pending-after-reply')
    const page = await open(`/inbox/1/workflows/${id}`)
    const editor = new WorkflowEditor(page)
    await editor.card('Status Pending').click()
    await editor.control('steps[0].inputs.priority').selectOption('low')
    await change(agent, id, { steps: [...steps, { action: 'update_ticket', inputs: { tags: ['theirs'], tags_mode: 'add' } }] })
    assert.equal((await editor.save()).status(), 412)
    const [theirs, mine] = ['As it is on the desk', 'Yours, not saved'].map((name) => page.dialog.getByRole('region', { name, exact: true }))
    await theirs.getByText('add theirs').waitFor()
    await mine.getByText('Priority Low').waitFor()
    assert.equal(await theirs.getByText('Priority Low').count(), 0)

    await page.button('Go on editing mine').click()
    await page.dialog.waitFor({ state: 'detached' })
    await editor.card('Priority Low').waitFor()
    assert.equal((await editor.save()).status(), 412)
    const { response } = await page.during('PATCH', /\/workflows\//, () => page.button('Save mine over it').click())
    assert.equal(response.status(), 200)
    assert.deepEqual((await workflow(agent, id)).steps.map(({ inputs }) => inputs), [{ status: 'pending', priority: 'low' }])

    await editor.control('steps[0].inputs.priority').selectOption('high')
    await change(agent, id, { name: 'Theirs again' })
    assert.equal((await editor.save()).status(), 412)
    await page.button('Take theirs').click()
    await until('their name is shown', async () => (await editor.name.inputValue()) === 'Theirs again')
    await editor.card('Priority Low').waitFor()
    assert.ok(await page.button('Save').isDisabled())
})

story('what is refused after a conflict is shown on the tab where it stands', { allow: [/status of 4(00|04|12)/] }, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '06-pending-after-reply')
    const page = await open(`/inbox/1/workflows/${id}?panel=json`)
    const editor = new WorkflowEditor(page)
    await editor.json.fill((await editor.json.inputValue()).replace('"pending"', '"on_hold"'))
    await change(desk.agent, id, { name: 'Theirs' })
    assert.equal((await editor.save()).status(), 412)
    const refused = []
    const refusal = { status: 400, json: { type: 'validation_error', code: 'invalid_input', detail: 'Not this status.', attr: 'steps[0].inputs.status' } }
    const PATCHED = /\/workflows\/[\w-]+$/
    await page.tab.route(PATCHED, (route) => {
        if (route.request().method() !== 'PATCH') return route.continue()
        refused.push(route.request().headers()['if-match'])
        return route.fulfill(refusal)
    })
    await page.button('Save mine over it').click()
    await editor.control('steps[0].inputs.status').and(page.tab.locator(':focus')).waitFor()
    await page.tab.getByRole('alert').filter({ hasText: 'Not this status.' }).waitFor()
    assert.equal(refused.length, 1)
    await page.tab.unroute(PATCHED)

    await desk.agent.call('DELETE', `${WORKFLOWS}${id}/`)
    assert.equal((await editor.save()).status(), 404)
    const { response } = await page.during('POST', /\/workflows$/, () => page.button('Save as a new workflow').dblclick())
    const made = await response.json()
    await page.tab.waitForURL(`**/inbox/1/workflows/${made.id}`)
    const all = await workflows(desk.agent)
    assert.deepEqual(all.map(({ name, steps }) => [name, steps[0].inputs.status]), [['Move ticket to Pending after team reply', 'on_hold']])
})

story('a new workflow whose version can’t be read is saved all the same, and its next save is held to that version', { allow: [/status of 503/] }, async ({ open, desk }) => {
    await begin(desk)
    const page = await open('/inbox/1/workflows/new')
    const editor = new WorkflowEditor(page)
    let isDown = true
    await page.tab.route(/\/conversations\/workflows\/[\w-]+$/, (route) => (isDown && route.request().method() === 'GET' ? route.fulfill({ status: 503, json: {} }) : route.continue()))
    await editor.name.fill('Mine')
    const made = await editor.save('POST')
    const { id } = await made.json()
    await page.tab.waitForURL(`**/inbox/1/workflows/${id}`)
    await until('it counts as saved', () => page.button('Save').isDisabled())

    await editor.name.fill('Mine, changed')
    await editor.tabNamed('JSON').click()
    await editor.json.waitFor()
    assert.equal(JSON.parse(await editor.json.inputValue()).name, 'Mine, changed')
    await page.button('Save').click()
    await page.tab.getByText(/^Not saved\. /).first().waitFor()
    isDown = false
    const saved = await editor.save()
    assert.equal(saved.status(), 200)
    const [first, second] = [made, saved].map((answer) => answer.request().headers())
    assert.ok(second['if-match'], 'the change is held to a version')
    assert.notEqual(second['idempotency-key'], first['idempotency-key'])
    assert.deepEqual((await workflows(desk.agent)).map(({ name }) => name), ['Mine, changed'])
})

story('the JSON follows the name and the switch above it, and what had a fault can be had back', {}, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '06-pending-after-reply')
    const page = await open(`/inbox/1/workflows/${id}?panel=json`)
    const editor = new WorkflowEditor(page)
    await editor.json.fill((await editor.json.inputValue()).replace('"pending"', '"on_hold"'))
    await editor.name.fill('Named above')
    await page.tab.getByRole('switch', { name: 'Runs on events' }).click()
    await until('the JSON has both', async () => {
        const { name, enabled } = JSON.parse(await editor.json.inputValue())
        return name === 'Named above' && enabled === false
    })
    await editor.json.press('Control+End')
    await editor.json.pressSequentially(' ')
    assert.equal(await editor.name.inputValue(), 'Named above')
    assert.equal((await editor.save()).status(), 200)
    const { name, enabled, steps } = await workflow(desk.agent, id)
    assert.deepEqual([name, enabled, steps[0].inputs.status], ['Named above', false, 'on_hold'])

    await editor.json.fill('{ "trigger": ')
    await page.tab.getByRole('alert').filter({ hasText: 'This is no JSON' }).waitFor()
    await editor.tabNamed('Steps').click()
    await editor.card('Update ticket').click()
    await editor.control('steps[0].inputs.priority').selectOption('low')
    await page.tab.getByText('The JSON that had a fault is gone: the steps were changed.').first().waitFor()
    await page.button('Undo').click()
    await editor.tabNamed('JSON').click()
    await until('it is there again', async () => (await editor.json.inputValue()) === '{ "trigger": ')
})

story('a role that is gone is named, refused and replaced, and its failed run is shown', { allow: [/status of 400/] }, async ({ open, desk }) => {
    const { agent } = desk
    const [{ id }] = await begin(desk, '03-assign-to-support')
    const support = (await roles(agent)).find(({ name }) => name === 'Support')
    await agent.call('DELETE', `${PROJECT}roles/${support.id}/`)
    await filed(desk, 'Nobody will have this', {})
    assert.equal((await runs(agent, id))[0].outcome, 'failed')

    const page = await open('/inbox/1/workflows')
    const editor = new WorkflowEditor(page)
    const row = page.tab.locator(`[data-workflow="${id}"]`)
    await row.getByText('Failed').waitFor()
    const mark = row.getByText('A step names someone who is gone, so runs fail there.')
    await mark.waitFor()
    await row.getByRole('link', { name: 'Go to the step of' }).click()
    await editor.control('steps[0].inputs.assignee').and(page.tab.locator(':focus')).waitFor()
    await page.tab.getByRole('link', { name: 'All workflows' }).click()
    await row.getByRole('link', { name: '1 failure in 7 days' }).click()
    await page.tab.locator('[data-run]').filter({ hasText: 'Failed' }).waitFor()
    await editor.tree.getByText('Fails: The role does not belong to this project any more.').waitFor()
    assert.deepEqual(await editor.marks('failed'), ['Update ticket'])

    await editor.tabNamed('Steps').click()
    await editor.card('Someone who is gone').click()
    await page.tab.getByText('Whoever is named here is not in this project any more.').waitFor()
    await editor.control('steps[0].inputs.priority').selectOption('low')
    assert.equal((await editor.save()).status(), 400)
    const assignee = editor.control('steps[0].inputs.assignee')
    await assignee.and(page.tab.locator(':focus')).waitFor()
    await page.tab.getByRole('alert').filter({ hasText: 'The role does not belong to this project.' }).waitFor()
    await editor.pick(assignee, 'Engineering', 'Engineering')
    assert.equal((await editor.save()).status(), 200)
    const engineering = (await roles(agent)).find(({ name }) => name === 'Engineering')
    assert.deepEqual((await workflow(agent, id)).steps[0].inputs, { priority: 'low', assignee: { type: 'role', id: engineering.id } })
    await page.tab.getByRole('link', { name: 'All workflows' }).click()
    await row.waitFor()
    await mark.waitFor({ state: 'detached' })
})

story('steps go by keys, by their menu and by dragging, and leaving unsaved changes asks', {}, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '01-sla-by-channel')
    const page = await open('/inbox/1/workflows')
    const editor = new WorkflowEditor(page)
    await page.tab.getByRole('link', { name: 'Set SLA based on channel' }).click()
    const cards = () => editor.tree.locator('[data-card]').evaluateAll((all) => all.map((card) => card.innerText.replace(/\s+/g, ' ').trim()))
    const shows = (expected) => until(`the cards are ${expected}`, async () => String(await cards()) === String(expected))
    const [when, channel, day, hours] = ['When A ticket is created', 'If Channel is Slack', 'Update ticket Deadline in 24 hours', 'Update ticket Deadline in 4 hours']
    await shows([when, channel, day, 'Else', hours])

    await editor.card(day.slice(14)).focus()
    await page.press('Alt+ArrowDown')
    await shows([when, channel, 'Else', day, hours])
    await editor.card(day.slice(14)).and(page.tab.locator(':focus')).waitFor()
    await page.press('Alt+ArrowLeft')
    await shows([when, channel, 'Else', hours, day])
    await page.press('Alt+ArrowUp')
    await shows([when, day, channel, 'Else', hours])
    await page.press('Alt+ArrowRight')
    await shows([when, channel, day, 'Else', hours])
    await editor.card(day.slice(14)).and(page.tab.locator(':focus')).waitFor()
    await page.press('ArrowDown')
    await page.press('ArrowDown')
    await editor.card(hours.slice(14)).and(page.tab.locator(':focus')).waitFor()
    await page.press('Delete')
    await shows([when, channel, day, 'Else'])
    await page.press('z')
    await shows([when, channel, day, 'Else', hours])

    await editor.card(hours.slice(14)).hover()
    await editor.tree.locator('.card').filter({ hasText: hours }).locator('.grip').dragTo(editor.tree.locator('[data-lane="steps[0].branches[0]"] > .inner > .gap.last'))
    await shows([when, channel, day, hours, 'Else'])
    await editor.tree.getByRole('button', { name: 'More about Update ticket' }).first().click()
    await page.tab.getByRole('menuitem', { name: 'Duplicate' }).click()
    await shows([when, channel, day, day, hours, 'Else'])

    const status = editor.control('steps[0].branches[0].steps[1].inputs.status')
    await status.and(page.tab.locator(':focus')).waitFor()
    await page.press('Escape')
    await status.waitFor({ state: 'detached' })
    await page.press('Escape')
    await page.dialog.getByText('Your changes of this workflow are not saved.').waitFor()
    await page.button('Stay').click()
    await page.dialog.waitFor({ state: 'detached' })
    await page.tab.evaluate(() => history.back())
    await page.dialog.getByText('Your changes of this workflow are not saved.').waitFor()
    assert.ok(page.tab.url().endsWith(id), 'the address is still the workflow’s')
    await page.button('Stay').click()
    await page.dialog.waitFor({ state: 'detached' })
    await page.press('Control+s')
    await until('it is saved', async () => (await workflow(desk.agent, id)).steps[0].branches[0].steps.length === 3)
    await editor.name.fill('Not to be kept')
    await page.tab.evaluate(() => history.back())
    await page.button('Leave').click()
    await page.tab.waitForURL('**/inbox/1/workflows')
    await page.tab.getByRole('link', { name: 'Set SLA based on channel' }).waitFor()
})

story('a condition on an address is called a claim until its proof is asked for, and conditions are joined and turned', {}, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '08-tag-by-email-domain')
    const page = await open(`/inbox/1/workflows/${id}`)
    const editor = new WorkflowEditor(page)
    const claim = page.tab.getByText('A customer typed this address: it is a claim, unless it is proven.')
    const when = async () => (await workflow(desk.agent, id)).steps[0].branches[0].when
    await editor.card('@bigcorp.com').click()
    await claim.waitFor()
    await page.button('Ask for proof too').click()
    await claim.waitFor({ state: 'detached' })
    assert.equal((await editor.save()).status(), 200)
    const address = { property: 'event.properties.customer_email', operator: 'contains', value: '@bigcorp.com' }
    const proof = { property: 'event.properties.customer_email_proven', operator: 'equals', value: true }
    assert.deepEqual(await when(), { all: [address, proof] })

    const at = 'steps[0].branches[0].when'
    await page.tab.locator(`[data-join="${at}"]`).selectOption('any')
    await claim.waitFor()
    await page.tab.locator(`[data-add-group="${at}"]`).click()
    await editor.compare(`${at}.any[2].any[0]`, { property: 'event.properties.channel_source', operator: 'in', value: ['slack', 'email'] })
    await editor.compare(`${at}.any[2].any[1]`, { property: 'event.properties.ticket_number', operator: 'greater_than', value: 12 })
    await page.tab.getByRole('button', { name: 'More about this condition' }).last().click()
    await page.tab.getByRole('menuitem', { name: 'Turn into its opposite' }).click()
    await editor.control(`${at}.any[2].any[1].not.property`).waitFor()
    assert.equal((await editor.save()).status(), 200)
    const group = { any: [{ property: 'event.properties.channel_source', operator: 'in', value: ['slack', 'email'] }, { not: { property: 'event.properties.ticket_number', operator: 'greater_than', value: 12 } }] }
    assert.deepEqual(await when(), { any: [address, proof, group] })
})

story('whoever may not change workflows looks at them', {}, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '08-tag-by-email-domain')
    const page = await open(`/inbox/1/workflows/${id}`, {})
    const editor = new WorkflowEditor(page)
    await page.tab.route('**/api/me/', async (route) => {
        const answer = await route.fetch()
        const me = await answer.json()
        me.projects[0].scopes = ['ticket:write', 'workflow:read', 'project:read']
        await route.fulfill({ response: answer, json: me })
    })
    await editor.open(id)
    await editor.tree.getByText('Customer’s e-mail').first().waitFor()
    assert.equal(await editor.tree.getByRole('button').count(), 0)
    assert.equal(await page.button('Save').count(), 0)
    await page.go('/inbox/1/workflows')
    assert.ok(await page.tab.getByRole('switch').first().isDisabled())
})

story('a workflow of 200 steps is drawn and changed, and the desk says that it is too long', { allow: [/status of 400/] }, async ({ open, desk }) => {
    const [{ id }] = await begin(desk, '06-pending-after-reply')
    const page = await open(`/inbox/1/workflows/${id}?panel=json`)
    const editor = new WorkflowEditor(page)
    const before = JSON.parse(await editor.json.inputValue())
    const steps = Array.from({ length: 200 }, (_, at) => ({ action: 'update_ticket', inputs: { sla_amount: `${at + 1}` } }))
    await editor.json.fill(JSON.stringify({ ...before, steps }))
    await editor.tabNamed('Steps').click()
    await editor.card(/Deadline in 200 hours$/).click()
    await editor.control('steps[199].inputs.sla_amount').fill('2000')
    await editor.card('Deadline in 2,000 hours').waitFor()
    await page.press('Alt+ArrowUp')
    await editor.control('steps[198].inputs.sla_amount').waitFor()
    assert.equal((await editor.save()).status(), 400)
    await page.tab.getByText(/at most 100/).first().waitFor()
})

/** Counts what is drawn anew: cards whose nodes change, and the words of steps, each of which has one list of tags. */
function countDrawn() {
    window.drawn = { cards: [], words: 0, longest: 0 }
    const { format } = Intl.ListFormat.prototype
    Intl.ListFormat.prototype.format = function (list) {
        window.drawn.words += 1
        return format.call(this, list)
    }
    const cardOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest('.card')?.querySelector('[data-card]').dataset.card ?? node.nodeName
    new MutationObserver((changes) => window.drawn.cards.push(...changes.map(({ target }) => cardOf(target))))
        .observe(document.querySelector('.tree'), { subtree: true, childList: true, attributes: true, characterData: true })
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.drawn.longest = Math.max(window.drawn.longest, duration)
    }).observe({ type: 'longtask' })
}

story('of 200 steps a change draws one anew', { timeout: 240_000 }, async ({ open, desk, t }) => {
    const [{ id }] = await begin(desk, '06-pending-after-reply')
    const page = await open(`/inbox/1/workflows/${id}?panel=json`)
    const editor = new WorkflowEditor(page)
    const before = JSON.parse(await editor.json.inputValue())
    const updates = (count, from) => Array.from({ length: count }, (_, at) => ({ action: 'update_ticket', inputs: { sla_amount: `${from + at}`, tags: [`t${from + at}`] } }))
    const when = { property: 'event.properties.status', operator: 'in', value: ['new', 'open'] }
    const inner = { branches: [{ when, steps: updates(23, 175) }], else: updates(1, 198) }
    const steps = [...updates(150, 1), { branches: [{ when, steps: updates(24, 151) }, { when, steps: [inner] }] }]
    await editor.json.fill(JSON.stringify({ ...before, steps }))
    await editor.tabNamed('Steps').click()
    const place = 'steps[150].branches[1].steps[0].branches[0].steps[22].inputs'
    await editor.card('Deadline in 197 hours').click()
    const card = await editor.control(`${place}.sla_amount`).evaluate((field) => field.closest('.card').querySelector('[data-card]').dataset.card)

    await page.tab.evaluate(countDrawn)
    const drawn = async (what) => {
        await page.painted()
        const { cards, words, longest } = await page.tab.evaluate(() => {
            const { drawn } = window
            window.drawn = { cards: [], words: 0, longest: 0 }
            return drawn
        })
        t.diagnostic(`${what}: ${new Set(cards).size} cards, ${words} summaries, longest task ${longest.toFixed(0)} ms`)
        return { cards: [...new Set(cards)], words }
    }
    await editor.control(`${place}.status`).selectOption('pending')
    await editor.card('Status Pending').waitFor()
    assert.deepEqual(await drawn('a choice'), { cards: [card], words: 1 })
    await editor.control(`${place}.sla_amount`).press('End')
    await page.tab.keyboard.type('000')
    await editor.card('Deadline in 197,000 hours').waitFor()
    assert.deepEqual(await drawn('three digits'), { cards: [card], words: 3 })
    await editor.name.fill('Long')
    assert.deepEqual(await drawn('the name'), { cards: [], words: 0 })

    // What else is done in a long tree is printed alone: it draws what stands there anew.
    await page.press('Escape')
    await editor.card('Deadline in 197,000 hours').click()
    await drawn('closing and opening')
    await page.press('Alt+ArrowUp')
    await editor.control(`${place.replace('[22]', '[21]')}.status`).waitFor()
    await drawn('moving')
    await page.press('Escape')
    await page.press('Delete')
    await page.button('Undo').click()
    await editor.card('Deadline in 197,000 hours').waitFor()
    await drawn('removing, and taking that back')
    await editor.tabNamed('JSON').click()
    await editor.json.waitFor()
    await drawn('the JSON')
    await editor.json.press('End')
    await page.tab.keyboard.type('   ')
    await drawn('three keys in the JSON')
    await editor.tabNamed('Steps').click()
    await editor.card('Deadline in 198 hours').waitFor()
    await drawn('drawing all')
})
