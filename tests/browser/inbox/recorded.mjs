// A browser session whose recording the test itself makes, event by event, as anybody with the public token could.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { WIDGET } from '../visitor.mjs'
import { until } from '../until.mjs'

export class Recorded {
    /** A customer writes, and so opens a ticket that names the session. */
    static async opens(desk, message) {
        const session = randomUUID()
        const answer = await fetch(`${desk.url}${WIDGET}message`, {
            method: 'POST',
            headers: { 'X-Conversations-Token': 'wgt_local', 'Content-Type': 'application/json' },
            body: JSON.stringify({ message, widget_session_id: randomUUID(), distinct_id: session, traits: {}, ticket_id: null, session_id: session }),
        })
        assert.equal(answer.status, 200)
        const { ticket_id: ticket } = await answer.json()
        await desk.drain()
        const { ticket_number: number } = await desk.agent.listed(ticket)
        return new Recorded(desk, session, ticket, number)
    }

    constructor(desk, session, ticket, number) {
        Object.assign(this, { desk, session, ticket, number })
    }

    /** Sends the next part of the recording. */
    async sends(events, { tab = 'w1' } = {}) {
        const properties = { $session_id: this.session, $window_id: tab, $snapshot_data: events, $snapshot_bytes: 1, token: 'phc_local', distinct_id: this.session }
        const body = JSON.stringify([{ uuid: randomUUID(), event: '$snapshot', properties, timestamp: new Date().toISOString() }])
        await until('the part is taken', async () => (await fetch(`${this.desk.url}/s/`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status === 200)
    }

    /** What the desk has of it. */
    async kept() {
        return (await this.desk.agent.call('GET', `/api/projects/1/conversations/tickets/${this.ticket}/recording/`)).json
    }
}

export const element = (id, tagName, attributes = {}, childNodes = []) => ({ type: 2, id, tagName, attributes, childNodes })
export const words = (id, textContent) => ({ type: 3, id, textContent })

/** The recorder's first events: how large the page is, and all of it. */
export function page(at, body, head = []) {
    const node = { type: 0, id: 1, childNodes: [{ type: 1, id: 2, name: 'html', publicId: '', systemId: '' }, element(3, 'html', {}, [element(4, 'head', {}, head), element(5, 'body', {}, body)])] }
    return [
        { type: 4, timestamp: at, data: { href: 'https://shop.example/', width: 800, height: 500 } },
        { type: 2, timestamp: at + 1, data: { node, initialOffset: { left: 0, top: 0 } } },
    ]
}

/** Another text in the place of a node's. */
export const writes = (at, id, value) => ({ type: 3, timestamp: at, data: { source: 0, texts: [{ id, value }], attributes: [], removes: [], adds: [] } })
