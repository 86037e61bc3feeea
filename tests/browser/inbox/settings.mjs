// What stories of the settings have in common.

export const PROJECT = '/api/projects/1/'

/** What Chromium says of an answer that the story asks for. */
export const refused = (...statuses) => statuses.map((status) => new RegExp(`status of ${status} `))

/** Opens a section, and waits for what it reads first. */
export async function section(page, name, heading) {
    await page.go(`/inbox/1/settings/${name}`)
    await page.tab.getByRole('heading', { level: 1, name: heading }).waitFor()
    // The section comes as a file of its own, and then asks the desk.
    await page.tab.locator('[data-region=part] :is(form, ul, table, button)').last().waitFor()
    await page.tab.getByText('Loading', { exact: true }).first().waitFor({ state: 'detached' })
}

export const field = (page, label) => page.tab.getByLabel(label, { exact: true })
export const hasFocus = (page, locator) => locator.and(page.tab.locator(':focus')).waitFor()
/** What the desk has of the project now. */
export const project = async (desk) => (await desk.agent.call('GET', PROJECT)).json

export async function save(page) {
    await page.during('PATCH', /^\/api\/projects\/1\/?$/, () => page.button('Save').click())
    await page.tab.getByRole('status').getByText('Saved', { exact: true }).waitFor()
}

/** Types what a dangerous button asks for, and presses it. */
export async function confirm(page, name, button) {
    await page.dialog.getByLabel(`Type “${name}” to confirm`).fill(name)
    await page.dialog.getByRole('button', { name: button, exact: true }).click()
    await page.dialog.waitFor({ state: 'detached' })
}
