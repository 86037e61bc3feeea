// A customer who writes as the widget does: by the widget's API, with a session of their own. Where the widget itself is the
// point, `shop` opens it, the unmodified posthog-js, on the desk's own page.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Visitor, WIDGET } from '../visitor.mjs'

const TOKEN = 'wgt_local'

export class Customer {
    constructor(desk, name, traits = {}) {
        this.desk = desk
        this.distinctId = `${name.toLowerCase().replace(/\W+/g, '-')}-${randomUUID().slice(0, 8)}`
        this.traits = { name, ...traits }
        this.session = randomUUID()
        /** The session of the SDK that the next message names, if any. */
        this.browserSession = null
        /** The id of the customer's ticket, once there is one. */
        this.ticket = null
    }

    /** Writes a message: the first one opens a ticket. Returns the ticket's id. */
    async says(message) {
        const answer = await this.#call('POST', 'message', {
            message, widget_session_id: this.session, distinct_id: this.distinctId, traits: this.traits, ticket_id: this.ticket,
            session_id: this.browserSession,
        })
        this.ticket = answer.ticket_id
        return this.ticket
    }

    /** What the widget would show. */
    async sees() {
        return (await this.#call('GET', `messages/${this.ticket}?widget_session_id=${this.session}`)).messages
    }

    async #call(method, path, body) {
        const response = await fetch(this.desk.url + WIDGET + path, {
            method,
            headers: { 'X-Conversations-Token': TOKEN, ...(body && { 'Content-Type': 'application/json' }) },
            body: body && JSON.stringify(body),
        })
        const text = await response.text()
        assert.equal(response.status, 200, `${method} ${path} answered ${response.status} ${text}`)
        return JSON.parse(text)
    }
}

/** A visitor of the desk's own shop page, with the widget open. `options` are those of `Visitor.arrive`. */
export async function shop(browser, desk, options = {}) {
    const visitor = await Visitor.arrive(browser, { desk: desk.url, url: `${desk.url}/demo`, ...options })
    await visitor.open()
    return visitor
}
