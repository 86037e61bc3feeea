// The workflow editor in the words and controls that an agent uses, driven from a definition.

/** What the page calls some values. */
const WORDS = { slack: 'Slack', email: 'E-mail' }

/** An agent's page with one workflow, or the list of them. */
export class WorkflowEditor {
    constructor(page) {
        Object.assign(this, { page, tab: page.tab })
        this.tree = this.tab.getByRole('region', { name: 'Steps of the workflow' })
        this.name = this.tab.getByRole('textbox', { name: 'Name', exact: true })
        this.json = this.tab.getByRole('textbox', { name: 'The workflow as JSON' })
    }

    /** Opens a workflow by its id, with a tab beside the steps. */
    async open(id, panel) {
        await this.page.go(`/inbox/1/workflows/${id}${panel ? `?panel=${panel}` : ''}`)
        await this.name.waitFor()
    }

    tabNamed(name) {
        return this.tab.getByRole('tab', { name, exact: true })
    }

    /** The control at a place of the definition, as the desk names it. */
    control(place) {
        return this.tab.locator(`[data-place="${place}"]`)
    }

    /** The card of the step at a place is pressed, which opens it. */
    card(words) {
        return this.tree.locator('[data-card]').filter({ hasText: words })
    }

    /** Saves, and returns the desk's answer. */
    async save(method = 'PATCH') {
        const { response } = await this.page.during(method, /\/workflows(\/[\w-]+)?$/, () => this.page.button('Save').click())
        return response
    }

    /** Builds a workflow from nothing, and saves it. Returns its id. */
    async build({ name, trigger, steps }) {
        await this.page.go('/inbox/1/workflows/new')
        await this.name.fill(name)
        await this.control('trigger.event').selectOption(trigger.event)
        for (const [at, filter] of trigger.filters.entries()) {
            await this.tree.getByRole('button', { name: 'Add filter' }).click()
            await this.#condition(`trigger.filters[${at}]`, filter)
        }
        await this.#steps(this.tree.locator(':scope > .gap.last .add'), 'steps', steps)
        const response = await this.save('POST')
        if (response.status() !== 201) throw new Error(`${response.status()} ${await response.text()}`)
        return (await response.json()).id
    }

    /** Adds steps at the end of a list, whose last place to add one is given. */
    async #steps(add, place, steps) {
        for (const [at, step] of steps.entries()) {
            const here = `${place}[${at}]`
            const kind = step.branches ? 'If … else' : step.action === 'get_ticket' ? 'Get ticket' : 'Update ticket'
            await add.click()
            await this.tab.getByRole('menuitem', { name: kind }).click()
            if (step.branches) await this.#branches(here, step)
            else await this.#inputs(`${here}.inputs`, step.inputs)
        }
    }

    async #branches(here, { branches, else: otherwise = [] }) {
        const lane = (place) => this.tree.locator(`[data-lane="${place}"]`)
        const ways = lane(`${here}.branches[0]`).locator('xpath=ancestor::div[contains(concat(" ", @class, " "), " branching ")][1]').locator(':scope > .ways')
        for (const [at, { when, steps }] of branches.entries()) {
            if (at > 0) await ways.getByRole('button', { name: 'Else if' }).click()
            const place = `${here}.branches[${at}]`
            await this.#condition(`${place}.when`, when)
            await this.#steps(lane(place).locator(':scope > .inner > .gap.last .add'), `${place}.steps`, steps)
        }
        if (otherwise.length === 0) return
        await ways.getByRole('button', { name: 'Else', exact: true }).click()
        await this.#steps(lane(`${here}.else`).locator(':scope > .inner > .gap.last .add'), `${here}.else`, otherwise)
    }

    async #condition(place, condition) {
        const join = ['all', 'any'].find((key) => key in condition)
        if (!join) return this.compare(place, condition)
        const members = condition[join]
        for (let at = 1; at < members.length; at += 1) await this.tab.locator(`[data-add-condition="${place}"]`).click()
        await this.tab.locator(`[data-join="${place}"]`).selectOption(join)
        for (const [at, member] of members.entries()) await this.#condition(`${place}.${join}[${at}]`, member)
    }

    /** Fills in one comparison. */
    async compare(place, { property, operator, value }) {
        await this.pick(this.control(`${place}.property`), property, property)
        await this.control(`${place}.operator`).selectOption(operator)
        if (value !== undefined) await this.#value(this.control(`${place}.value`), value)
    }

    async #value(control, value) {
        const kind = await control.evaluate((element) => element.tagName)
        if (kind === 'SELECT') return control.selectOption(String(value))
        if (kind === 'INPUT') return control.fill(String(value))
        for (const one of [value].flat()) await this.pick(control, String(one), WORDS[one] ?? String(one), Array.isArray(value))
    }

    async #inputs(place, inputs) {
        const { ticket_id: ticket, status, priority, assignee, sla_amount: amount, sla_unit: unit, tags } = inputs
        if (status) await this.control(`${place}.status`).selectOption(status)
        if (priority) await this.control(`${place}.priority`).selectOption(priority)
        if (assignee) await this.pick(this.control(`${place}.assignee`), assignee.name, assignee.name)
        if (amount) {
            await this.control(`${place}.sla_amount`).selectOption('in')
            await this.control(`${place}.sla_amount`).fill(amount)
            await this.control(`${place}.sla_unit`).selectOption(unit)
        }
        if (tags) {
            await this.control(`${place}.tags_mode`).selectOption('set')
            await this.tab.getByText('Replaces all tags').or(this.tab.getByText('Removes all tags')).waitFor()
            for (const tag of tags) await this.pick(this.control(`${place}.tags`), tag, tag, true)
        }
        if (ticket) await this.control(`${place}.ticket_id`).fill(ticket)
    }

    /**
     * Opens a list to choose from, types, and takes the choice with these words. A list that takes several stays open, and is
     * closed; Escape in one that closes by itself could close the step.
     */
    async pick(control, typed, words, takesSeveral = false) {
        await control.click()
        const list = this.tab.locator('#over .combobox')
        await list.getByPlaceholder('Search', { exact: true }).fill(typed)
        const options = list.getByRole('option')
        const named = options.filter({ has: this.tab.getByText(words, { exact: true }) })
        // A number with what follows it, or what is offered as new.
        await named.or(options.filter({ hasText: new RegExp(`^\\s*${words} |“${words}”`) })).first().click()
        if (takesSeveral) await this.page.press('Escape')
        await list.waitFor({ state: 'detached' })
    }

    /** The cards that a run took, failed at or left aside, by their places' words. */
    marks(is) {
        return this.tree.locator(`.card.${is} > .row .title`).allInnerTexts()
    }

    /** The heads of branches with whether they were taken. */
    lanes() {
        return this.tree.locator('[data-lane]').evaluateAll((lanes) => Object.fromEntries(lanes.map((lane) => [lane.dataset.lane, lane.classList.contains('taken')])))
    }
}
