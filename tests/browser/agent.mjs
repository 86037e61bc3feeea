// The team's side: the agents' REST API of project 1, as the local stack seeds it.

import assert from 'node:assert/strict'

/** Of agent@example.com, who is also whoever opens the inbox page on this machine. */
const KEY = 'phx_local'
const PROJECT = '/api/projects/1/'
const TICKETS = `${PROJECT}conversations/tickets/`

export class Agent {
    constructor(desk, key = KEY) {
        this.desk = desk
        this.key = key
    }

    /** A new member of the project, with a key of their own. */
    async colleague(first_name, access = 'agent') {
        const email = `${first_name.toLowerCase()}@example.com`
        const { json: member } = await this.call('POST', `${PROJECT}members/`, { email, first_name, access })
        const scopes = ['ticket:read', 'ticket:write']
        const { json: key } = await this.call('POST', '/api/personal_api_keys/', { label: first_name, scopes, user: member.id })
        return Object.assign(new Agent(this.desk, key.value), { member })
    }

    async call(method, path, body) {
        const response = await fetch(this.desk + path, {
            method,
            headers: { Authorization: `Bearer ${this.key}`, ...(body && { 'Content-Type': 'application/json' }) },
            body: body && JSON.stringify(body),
        })
        const text = await response.text()
        assert.ok(response.ok, `${method} ${path} answered ${response.status} ${text}`)
        return { status: response.status, json: text && JSON.parse(text) }
    }

    async tickets(query = '') {
        return (await this.call('GET', TICKETS + query)).json
    }

    /** The ticket from the list. Unlike reading the ticket, this does not reset its unread counts. */
    async listed(id) {
        const { results } = await this.tickets()
        const ticket = results.find((ticket) => ticket.id === id)
        assert.ok(ticket, `ticket ${id} is not in the list`)
        return ticket
    }

    /** Reads the ticket, which marks it as read by the team. */
    async read(id) {
        return (await this.call('GET', `${TICKETS}${id}/`)).json
    }

    /** The ticket with a number, as the list has it. */
    async numbered(number) {
        const { results } = await this.tickets(`?search=${number}`)
        const ticket = results.find((ticket) => ticket.ticket_number === number)
        assert.ok(ticket, `there is no ticket ${number}`)
        return ticket
    }

    /** Files a ticket over the API. */
    async file(message, more = {}) {
        const body = { channel_source: 'api', author_type: 'customer', message, ...more }
        return (await this.call('POST', TICKETS, body)).json
    }

    async update(id, fields) {
        return (await this.call('PATCH', `${TICKETS}${id}/`, fields)).json
    }

    async messages(id) {
        return (await this.call('GET', `${TICKETS}${id}/messages/`)).json.results
    }

    async reply(id, message, more = {}) {
        const { status, json } = await this.call('POST', `${TICKETS}${id}/reply/`, { message, ...more })
        assert.equal(status, 201)
        return json
    }

    /** Changes settings, does the work, and restores the settings from before. */
    async withSettings(settings, work) {
        const { conversations_settings: before } = (await this.call('GET', PROJECT)).json
        const set = (values) => this.call('PATCH', PROJECT, { conversations_settings: values })
        await set(settings)
        try {
            return await work()
        } finally {
            await set(Object.fromEntries(Object.keys(settings).map((key) => [key, before[key] ?? null])))
            const { conversations_settings: after } = (await this.call('GET', PROJECT)).json
            assert.deepEqual(after, before, 'the settings are as before')
        }
    }
}
