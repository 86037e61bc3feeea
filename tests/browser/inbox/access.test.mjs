// The page without a pointer, on small screens, magnified, in a longer language from right to left, without motion, and in
// the colours of the system.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const story = stories()

/** What the accessibility tree has that can take the focus and says nothing of itself. */
async function nameless(page) {
    const cdp = await page.tab.context().newCDPSession(page.tab)
    const { nodes } = await cdp.send('Accessibility.getFullAXTree')
    await cdp.detach()
    const has = ({ properties = [] }, name) => properties.some((property) => property.name === name && property.value.value)
    const structure = ['RootWebArea', 'generic', 'main', 'navigation', 'complementary', 'region', 'Iframe']
    return nodes
        .filter((node) => !node.ignored && has(node, 'focusable') && !node.name?.value && !structure.includes(node.role?.value))
        .map((node) => node.role.value)
}

const focusIs = (locator, page) => locator.and(page.tab.locator(':focus')).waitFor()

story('a whole ticket day without a pointer', {}, async ({ open, desk }) => {
    const ben = await desk.agent.colleague('Ben')
    const ada = new Customer(desk, 'Ada Quist', { email: 'ada@example.com' })
    const id = await ada.says('My order never came')
    const { ticket_number: number } = await desk.agent.listed(id)
    await new Customer(desk, 'Zora').says('Thanks anyway')
    const ticket = (what, holds) => until(what, async () => holds(await desk.agent.listed(id)))
    const picker = (page) => page.tab.getByPlaceholder('Search', { exact: true })

    const page = await open('/inbox/1')
    await page.rows.first().waitFor()
    assert.deepEqual(await nameless(page), [], 'the list')
    await page.press('j')
    await focusIs(page.tab.getByRole('row', { name: new RegExp(`#${number}`) }), page)
    await page.press('Enter')
    await page.thread.getByRole('article', { name: /^Ada Quist, customer, / }).waitFor()
    assert.deepEqual(await nameless(page), [], 'the ticket')
    for (const name of ['Properties', 'Customer', 'Deadline', 'Previous tickets'])
        await page.sidebar.getByRole('heading', { name, exact: true }).waitFor()

    for (const [key, typed, what, holds] of [
        ['a', 'Ben', 'Ben has it', ({ assignee }) => assignee?.id === ben.member.id],
        ['y', 'high', 'it is urgent', ({ priority }) => priority === 'high'],
        ['t', 'lost parcel', 'it is tagged', ({ tags }) => tags.includes('lost parcel')],
        ['s', 'on hold', 'it is on hold', ({ status }) => status === 'on_hold'],
    ]) {
        await page.press(key)
        await focusIs(picker(page), page)
        await page.tab.keyboard.type(typed)
        await page.press('Enter')
        await ticket(what, holds)
        // Where several may be chosen, the picker stays; Escape would lead out of the ticket otherwise.
        if (key === 't') await page.press('Escape')
        await picker(page).waitFor({ state: 'detached' })
        // A picker gives the focus back, so that the next key is heard.
        await until(`the focus is in the page after ${key}`, () => page.tab.evaluate(() => !document.activeElement?.closest('[role=dialog]')))
    }
    await page.press('i')
    await ticket('it is mine', ({ assignee }) => assignee?.id === 1)

    await page.press('h')
    const tomorrow = page.tab.getByRole('button', { name: /^Tomorrow, 9:00/ })
    await tomorrow.waitFor()
    for (let tabs = 0; tabs < 8 && !(await tomorrow.evaluate((button) => button === document.activeElement)); tabs += 1) await page.press('Tab')
    await page.press('Enter')
    await ticket('it sleeps', ({ snoozed_until: until }) => until !== null)
    await page.press('z')
    await ticket('it is awake', ({ snoozed_until: until }) => until === null)

    await page.press('n')
    await focusIs(page.tab.getByRole('textbox', { name: 'Note', exact: true }), page)
    await page.tab.keyboard.type('The depot has it')
    await page.press('Control+Enter')
    await page.press('Escape')
    await page.press('r')
    await focusIs(page.tab.getByRole('textbox', { name: 'Reply', exact: true }), page)
    await page.tab.keyboard.type('It is on its way')
    await page.press('Control+Shift+Enter')
    await until('both are stored', async () => (await desk.agent.messages(id)).length === 3)
    await ticket('it is resolved', ({ status }) => status === 'resolved')
    assert.deepEqual((await ada.sees()).map(({ content }) => content), ['My order never came', 'It is on its way'])

    await page.press('Escape')
    await page.press('Escape')
    await page.press('/')
    await page.tab.keyboard.type(`#${number}`)
    await page.tab.getByText(`Open #${number}`).waitFor()
    await page.press('Enter')
    await page.thread.getByRole('article', { name: /^Agent, team, / }).waitFor()
    await page.thread.getByRole('article', { name: /^Agent, note, / }).waitFor()
})

/** What of the page lies outside of the screen, sideways. */
const cut = (page) =>
    page.tab.evaluate(() => {
        const width = document.documentElement.clientWidth
        if (document.documentElement.scrollWidth > width) return [`the page is ${document.documentElement.scrollWidth} px wide on ${width}`]
        return [...document.querySelectorAll('button, a, input, textarea, [role=row], [role=article], article, h1')]
            .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.closest('.hidden'))
            .map((element) => ({ element, box: element.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0 && (box.left < -1 || box.right > width + 1))
            .map(({ element, box }) => `${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 30)}: ${Math.round(box.left)}–${Math.round(box.right)} of ${width}`)
    })

const LONG = 'An unbreakable word: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft https://example.com/a/very/long/address/that/never/ends?and=has&many=parameters'

let prepared
const prepare = (desk) => (prepared ??= (async () => {
    const ada = new Customer(desk, 'Ada Maria Konstantinopoulou-Papadimitriou von und zu Hohenstein', { email: 'ada@example.com' })
    const id = await ada.says(LONG)
    await desk.agent.update(id, { status: 'open', priority: 'high', tags: ['a-rather-long-tag-for-a-small-screen', 'vip'], sla_due_at: new Date(Date.now() + 60_000).toISOString() })
    await desk.agent.reply(id, LONG)
    await desk.agent.reply(id, LONG, { is_private: true })
    return desk.agent.listed(id)
})())

/** Goes through list, ticket, note, details and palette, and looks at each. */
async function walk(page, { ticket_number: number, id }, check) {
    await page.go('/inbox/1?order_by=-updated_at')
    const row = page.tab.locator(`[data-row="${id}"]`)
    await row.waitFor()
    await check('the list')
    await row.focus()
    await page.press('Enter')
    await page.tab.waitForURL(`**/t/${number}`)
    await page.tab.locator('article').nth(2).waitFor()
    await check('the ticket')
    await page.press('n')
    const area = page.tab.locator('textarea')
    await area.fill(LONG)
    await check('a note')
    await area.fill('')
    await page.press('Escape')
    const aside = page.tab.locator('[data-region=sidebar]')
    if (!(await aside.isVisible())) await page.press('c')
    await aside.waitFor()
    await check('the details')
    await page.press('Control+k')
    await page.dialog.waitFor()
    await check('the palette')
    await page.press('Escape')
    await page.dialog.waitFor({ state: 'detached' })
}

const uncut = (page) => async (where) => {
    await page.painted()
    assert.deepEqual(await cut(page), [], where)
}

for (const [name, view] of [
    ['at 320 px', { viewport: { width: 320, height: 640 } }],
    ['at 200 % of a window of 1,280 px', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
])
    story(`${name} nothing is lost and nothing scrolls sideways`, view, async ({ open, desk }) => {
        const ticket = await prepare(desk)
        const page = await open('/inbox/1')
        await walk(page, ticket, uncut(page))
    })

/** Makes the page's own words half as long again, but for names, and lets it run from right to left. */
function pseudo() {
    const isOurs = (node) => !node.parentElement?.closest('[dir=auto], [translate=no], script, style, textarea, code, kbd')
    const stretch = (node) => {
        const text = node.data.trim()
        if (!/\p{L}/u.test(text) || text.endsWith('⟧') || !isOurs(node)) return
        node.data = `⟦${text}${'é'.repeat(Math.ceil(text.length / 2))}⟧`
    }
    const visit = (root) => {
        if (root.nodeType === Node.TEXT_NODE) return stretch(root)
        const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
        while (texts.nextNode()) stretch(texts.currentNode)
    }
    new MutationObserver((changes) => {
        document.documentElement.dir = 'rtl'
        for (const { type, target, addedNodes } of changes) type === 'characterData' ? stretch(target) : addedNodes.forEach(visit)
    }).observe(document, { childList: true, characterData: true, subtree: true })
}

for (const width of [1400, 320])
    story(`a language that is longer and runs from right to left fits, ${width} px`, { viewport: { width, height: 800 } }, async ({ open, desk }) => {
        const ticket = await prepare(desk)
        const page = await open('/inbox/1')
        await page.tab.addInitScript(pseudo)
        await walk(page, ticket, async (where) => {
            // What the page says by itself may come after what people wrote.
            await page.tab.waitForFunction(() => document.body.innerText.includes('é⟧'))
            await uncut(page)(where)
        })
    })

story('who wants no motion sees none', { reducedMotion: 'reduce' }, async ({ open, desk }) => {
    const ticket = await prepare(desk)
    const page = await open('/inbox/1')
    await walk(page, ticket, async (where) => {
        const moving = await page.tab.evaluate(() =>
            document.getAnimations().filter((animation) => animation.effect.getComputedTiming().activeDuration > 20).map((animation) => animation.effect.target?.className),
        )
        assert.deepEqual(moving, [], where)
    })
})

story('in the system’s colours all is there', { forcedColors: 'active' }, async ({ open, desk }) => {
    const ticket = await prepare(desk)
    const page = await open('/inbox/1')
    await walk(page, ticket, async (where) => {
        // The focus is seen, and no word has the colour of its ground.
        const found = await page.tab.evaluate(() => {
            const at = document.activeElement
            const { outlineStyle, outlineWidth } = getComputedStyle(at)
            const hasRing = outlineStyle !== 'none' && outlineWidth !== '0px'
            const ground = getComputedStyle(document.body).backgroundColor
            const unseen = [...document.querySelectorAll('button, a, [role=row], article')].filter(
                (element) => element.checkVisibility({ visibilityProperty: true }) && getComputedStyle(element).color === ground,
            )
            return { isFocused: at !== document.body, hasRing: hasRing || at.closest('[role=dialog], [role=search]') !== null, unseen: unseen.map(({ className }) => className) }
        })
        assert.deepEqual(found.unseen, [], where)
        if (found.isFocused && where === 'a note') assert.ok(found.hasRing || (await page.tab.locator('textarea').evaluate((area) => getComputedStyle(area.closest('form')).borderStyle !== 'none')), `the focus is seen in ${where}`)
    })
    await accessible(page.tab)
})
