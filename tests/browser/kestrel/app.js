// The app of Kestrel, the invented company of `lambdesk-local --demo`, as far as its customers use it in the demo. Two things in it
// are broken on purpose.

const view = document.getElementById('view')
const { distinctId } = window.customer

posthog.init('phc_local', {
    api_host: 'https://support.kestrel.example',
    disable_compression: true,
    // A browser that a test drives sends events too.
    opt_out_useragent_filter: true,
    bootstrap: { distinctID: distinctId },
})

function draw(html) {
    view.innerHTML = html
}

function on(id, run) {
    document.getElementById(id).addEventListener('click', run)
}

// Channels. Slack took its token back, so that the channel has no workspace.

const channels = [
    { id: 'mail', name: 'E-mail to the team', workspace: { team: 'Polyana' } },
    { id: 'sms', name: 'SMS to whoever is on call', workspace: { team: 'Polyana' } },
    { id: 'slack', name: 'Slack #alerts', workspace: null },
]

function teamOf(channel) {
    return channel.workspace.team
}

function describe(channel) {
    return `${channel.name} (${teamOf(channel)})`
}

function sendTest(id) {
    const channel = channels.find((channel) => channel.id === id)
    posthog.capture('test alert asked for', { channel: id })
    try {
        document.getElementById('said').textContent = `A test alert is on its way: ${describe(channel)}`
    } catch (cause) {
        throw new Error('The test alert was not sent', { cause })
    }
}

function drawChannels() {
    const rows = channels.map(({ id, name }) => `<li><span>${name}</span><button type="button" id="test-${id}">Send a test alert</button></li>`)
    draw(`<h1>Channels</h1><section><h2>Where alerts go</h2><ul>${rows.join('')}</ul><p class="good" id="said" role="status"></p></section>`)
    for (const { id } of channels) on(`test-${id}`, () => sendTest(id))
}

// Billing. The payment provider answers too late, though the money is taken.

const paid = []

async function confirmed(invoice) {
    const response = await fetch('/api/payments', { method: 'POST', body: JSON.stringify({ invoice }) })
    if (!response.ok) throw new Error(`The payment of ${invoice} was not confirmed: ${response.status}`)
    return response.json()
}

async function pay(invoice) {
    posthog.capture('payment begun', { invoice, amount: 58, tries: paid.length + 1 })
    paid.push(invoice)
    drawBilling()
    await confirmed(invoice)
}

function drawBilling() {
    const rows = paid.map(() => '<li><span>Today, card ending in 4242</span><span>€58.00</span></li>')
    draw(`<h1>Billing</h1>
        <section><h2>Invoice K-2291</h2><p>Plan Starter, one month: €58.00</p><button type="button" class="main" id="pay">Pay now</button></section>
        <section><h2>Payments</h2><ul>${rows.join('') || '<li><span class="soft">None yet</span></li>'}</ul></section>`)
    on('pay', () => pay('K-2291'))
}

// A status page. Its announcements come once: what the customer looks for is not there.

function drawEditor() {
    draw(`<h1>Status page “lindt”</h1>
        <section><h2>Announcement</h2>
            <label>Title <input id="title" autocomplete="off"></label>
            <label>Text <textarea id="text" rows="3"></textarea></label>
            <p class="soft" id="when">Shown at once</p>
            <button type="button" id="later">Show later</button> <button type="button" class="main" id="publish">Publish</button></section>
        <section><h2>Components</h2><ul><li><span>Printing works</span><span class="good">Operational</span></li><li><span>Shop</span><span class="good">Operational</span></li></ul></section>`)
    on('later', () => {
        document.getElementById('when').textContent = 'Shown on Saturday, 22:00, once'
        posthog.capture('announcement planned', { repeats: false })
    })
    on('publish', () => posthog.capture('announcement published'))
}

const views = { '/channels': drawChannels, '/billing': drawBilling, '/status-pages/lindt/edit': drawEditor }
views[location.pathname]()
