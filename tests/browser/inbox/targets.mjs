// The settings' response targets in one tab, in the words that the agent sees.

import { until } from '../until.mjs'

const SECTION = '/inbox/1/settings/targets'
const POLICIES = '/api/projects/1/conversations/sla_policies/'

/** A policy that promises a first answer within some hours. */
export const policy = (name, conditions = {}, amount = 4) => ({ name, conditions, targets: { first_response: { amount } } })

export class Targets {
    static set(desk, policies) {
        return desk.agent.call('PUT', POLICIES, { policies, paused_by: policies.length > 0 ? ['on_hold'] : null })
    }

    /** Opens the section of a project that has these policies now; without any given it stays as it is. */
    static async open(open, desk, policies) {
        if (policies) await Targets.set(desk, policies)
        const targets = new Targets(await open(SECTION), desk)
        await targets.page.tab.getByRole('heading', { name: 'Policies', exact: true }).waitFor()
        return targets
    }

    constructor(page, desk) {
        Object.assign(this, { page, desk, tab: page.tab })
        this.list = page.tab.getByRole('list', { name: 'Policies in the order' })
        this.saved = page.tab.getByRole('status').getByText('Saved', { exact: true })
    }

    card(name) {
        return this.list.locator('> li').filter({ has: this.tab.getByRole('heading', { name }) })
    }

    /** The button that opens a policy. */
    head(name) {
        return this.card(name).getByRole('heading').getByRole('button')
    }

    /** The names from top to bottom. */
    names() {
        return this.list.locator('> li h3 .name').allInnerTexts()
    }

    async isInOrder(names) {
        await until(`the order is ${names}`, async () => String(await this.names()) === String(names))
    }

    async save() {
        await this.page.button('Save').click()
        await this.saved.waitFor()
    }

    /** The policies as the desk has them. */
    async kept() {
        return (await this.desk.agent.call('GET', POLICIES)).json.policies
    }

    /** The focus is on this control. */
    focusIs(locator) {
        return locator.and(this.tab.locator(':focus')).waitFor()
    }
}
