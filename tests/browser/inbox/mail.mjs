// Mails of customers, handed to the desk as the receiving service would.

import assert from 'node:assert/strict'

const API = '/api/projects/1/conversations/'

/** Adds an address of the desk to the project, unless it is there. */
export async function addressed(desk, local = 'help') {
    const { json } = await desk.agent.call('GET', `${API}email/addresses/`)
    if (!json.results.some(({ address }) => address.startsWith(`${local}@`))) await desk.agent.call('POST', `${API}email/addresses/`, { kind: 'desk', address: local })
    return `${local}@desk.test`
}

let mails = 0

/** A mail arrives. `headers` are laid over the usual ones, and `found` is what the receiving service found, such as `spam=FAIL`. */
export async function mailed(desk, { from = 'ada@example.com', to = 'help@desk.test', subject = 'A question', text = 'A question.', headers = {}, found = '' } = {}) {
    const address = /<(.+)>/.exec(from)?.[1] ?? from
    mails += 1
    const fields = { From: from, To: to, Subject: subject, 'Message-ID': `<${mails}.${process.pid}@example.com>`, ...headers }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
    const query = new URLSearchParams({ from: address, to, ...Object.fromEntries(new URLSearchParams(found)) })
    const body = `${lines.join('\r\n')}\r\n\r\n${text.replace(/\r?\n/g, '\r\n')}\r\n`
    const taken = await fetch(`${desk.url}/_local/mail?${query}`, { method: 'POST', body })
    assert.equal(taken.status, 202, await taken.text())
    await desk.drain()
    return fields['Message-ID']
}

/** What became of mails, the newest first. */
export const arrived = async (desk, query = '') => (await desk.agent.call('GET', `${API}email/inbound/${query}`)).json.results

/** The ticket that the newest mail of this sender is on. */
export async function ticketOf(desk, from = 'ada@example.com') {
    const [mail] = await arrived(desk, `?from=${from}`)
    assert.ok(mail?.ticket, `a mail of ${from} is on a ticket`)
    return desk.agent.listed(mail.ticket)
}

/** The mails that left the desk, the oldest first. */
export const outbox = async (desk) => (await (await fetch(`${desk.url}/_local/mail/outbox?project_id=1`)).json()).results
