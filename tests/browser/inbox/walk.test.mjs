// Keys pressed at random, as no story presses them. After each: something has the focus; what was written went to the tickets that
// the page had marked before the key; and what was typed went to the ticket on screen.
//
// It walks the same way each time, so that nobody's change fails by chance. For another way, a longer one, or the one that failed:
//
//   WALK_SEED=7 WALK_STEPS=2000 node run.mjs walk      `WALK_SEED=any` takes one by chance, and says it

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { Customer } from './customer.mjs'
import { stories } from './story.mjs'

const STEPS = Number(process.env.WALK_STEPS ?? 300)
const SEED = process.env.WALK_SEED === 'any' ? Date.now() % 1_000_000 : Number(process.env.WALK_SEED ?? 1)
const TICKETS = 14
const STEP_MS = 2_000
const LAST_KEYS = 25

const story = stories()

/** Each key with how often it is pressed among the others. */
const KEYS = {
    j: 9, k: 5, Enter: 6, o: 2, Escape: 6, x: 3, 'Shift+J': 2, 'Shift+K': 1, Home: 1, End: 1, PageDown: 1, '[': 1, ']': 1, '* a': 0.3, '* n': 1, '* u': 0.3,
    e: 2, w: 2, i: 2, 'Shift+O': 3, u: 2, l: 1, z: 3, s: 2, y: 2, a: 2, t: 1, h: 1, m: 1, r: 3, n: 3, '#': 1,
    'F6': 3, 'Shift+F6': 2, '.': 2, '?': 0.5, '/': 0.5, c: 1, b: 1, 'Shift+P': 1, 'Shift+A': 1, 'Control+k': 1, 'Shift+N': 2, f: 0.5, Space: 1,
    'g q': 1, 'g o': 1, 'g a': 2, 'g m': 0.5, 'g d': 1, 'g v': 0.5, wheel: 2,
}
/** In a field most keys write, so that others lead out of it. */
const KEYS_IN_FIELD = { word: 5, Escape: 5, 'Control+Enter': 3, 'Alt+Enter': 2, 'Control+Shift+Enter': 1, 'Control+;': 1, ArrowDown: 1, F6: 1 }
const KEYS_OVER = { Escape: 5, ArrowDown: 4, Enter: 3, j: 1, e: 1 }

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed) {
    let state = seed
    return () => {
        state = (state + 0x6d2b79f5) | 0
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    }
}

function chosen(keys, at) {
    let left = at * Object.values(keys).reduce((sum, weight) => sum + weight, 0)
    return Object.entries(keys).find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'Escape'
}

/** What the page shows before a key: which tickets are marked as those that keys mean, and where the focus is. */
function look() {
    const view = document.querySelector('[role=grid]')?.getBoundingClientRect()
    const isSeen = (row) => {
        const { top, bottom } = row.getBoundingClientRect()
        return row.checkVisibility() && (!view || (bottom > view.top && top < view.bottom))
    }
    const active = document.activeElement
    const selection = document.querySelector('[role=group][aria-label="Selected tickets"]')
    const header = document.querySelector('[data-region=thread] header .number')
    const isOver = active?.closest('[role=dialog], [role=alertdialog], [role=menu], [role=listbox], #over') != null
    return {
        selected: Number(/^\d+/.exec(selection?.querySelector('[role=status]')?.textContent ?? '')?.[0] ?? 0),
        selectedRows: [...document.querySelectorAll('[data-row][aria-selected=true]')].map((row) => row.dataset.row),
        marked: [...document.querySelectorAll('.at-hand[data-row]')].filter(isSeen).map((row) => row.dataset.row),
        isOpenMarked: document.querySelector('[data-region=thread] header.at-hand')?.checkVisibility() ?? false,
        open: header?.checkVisibility() ? Number(/\d+/.exec(header.textContent)[0]) : null,
        isOver,
        isField: active?.matches('textarea, input:not([type=checkbox])') ?? false,
        focus: active === null || active === document.body ? null : `${active.tagName.toLowerCase()} ${active.getAttribute('aria-label') ?? active.dataset?.row ?? active.textContent.trim().slice(0, 24)}`,
    }
}

/** The tickets that a request changes, by id. Reading and asking for news change none. */
function written(request) {
    const { pathname } = new URL(request.url())
    const at = /\/conversations\/tickets\/([^/]+)\//.exec(pathname)
    if (request.method() === 'GET' || !at) return []
    if (!at[1].startsWith('bulk_')) return [at[1]]
    const { ids, items } = request.postDataJSON()
    return ids ?? items.map(({ id }) => id)
}

class Walk {
    constructor(page, numbers) {
        Object.assign(this, { page, numbers, next: random(SEED), keys: [], written: [], changed: new Set(), sentFrom: new Set(), writes: 0 })
        page.tab.on('request', (request) => {
            for (const id of written(request)) this.written.push({ id, what: `${request.method()} ${new URL(request.url()).pathname}`, text: request.postData() ?? '' })
        })
    }

    async step() {
        const before = await this.page.tab.evaluate(look)
        const key = chosen(before.isOver ? KEYS_OVER : before.isField ? KEYS_IN_FIELD : KEYS, this.next())
        this.keys.push(`${key}${before.open ? ` (#${before.open})` : ''} at ${before.focus}`)
        await this.press(key, before)
        await this.settled()
        this.check(key, before)
    }

    async press(key, { open }) {
        const { tab } = this.page
        if (key === 'word') return tab.keyboard.type(open === null ? 'w' : `to${open} `)
        if (key === 'wheel') return tab.mouse.wheel(0, this.next() < 0.5 ? 400 : -400)
        for (const stroke of key.split(' ')) await this.page.press(stroke)
    }

    /** The key is done: what it asked for is answered, and something has the focus. */
    async settled() {
        const { tab, complaints } = this.page
        await this.page.painted()
        const isQuiet = () => [...complaints.open].every((request) => request.method() === 'GET' || request.url().endsWith('/sync/'))
        await until(`the writing is answered${this.story()}`, isQuiet)
        await until(`something has the focus${this.story()}`, async () => (await tab.evaluate(look)).focus !== null, STEP_MS * 5)
    }

    check(key, before) {
        const open = before.open === null ? null : this.numbers.get(before.open)
        const meant = new Set(before.selected > 0 ? before.selectedRows : before.marked)
        if (before.selected === 0 && before.isOpenMarked && open) meant.add(open)
        assert.ok(before.selected > 0 || meant.size <= 1, `one ticket at most is marked, not ${[...meant].length}${this.story()}`)
        if (before.isField && /[+]Enter$/.test(key) && open) this.sentFrom.add(open)
        for (const { id, what, text } of this.written.splice(0)) {
            const isUndo = key === 'z' || before.focus?.startsWith('button Undo')
            // A message is kept before it is sent, so the next key may come first.
            const isAllowed = what.endsWith('/reply/') ? this.sentFrom.has(id) : isUndo ? this.changed.has(id) : meant.has(id)
            assert.ok(isAllowed, `${key} wrote ${what}, of a ticket that was not marked: ${id} with ${JSON.stringify(before)}${this.story()}`)
            const own = [...this.numbers].find(([, other]) => other === id)?.[0]
            const strangers = [...text.matchAll(/\bto(\d+)\b/g)].filter(([, number]) => Number(number) !== own)
            assert.deepEqual(strangers, [], `what was typed to another ticket went to #${own}${this.story()}`)
            this.changed.add(id)
            this.writes += 1
        }
    }

    story() {
        return `\nWALK_SEED=${SEED}, step ${this.keys.length}; the last keys:\n  ${this.keys.slice(-LAST_KEYS).join('\n  ')}`
    }
}

story(`a walk of ${STEPS} keys at random, seed ${SEED}`, { timeout: 120_000 + STEPS * STEP_MS, permissions: ['clipboard-write'] }, async ({ open, desk, t }) => {
    t.diagnostic(`WALK_SEED=${SEED}`)
    const numbers = new Map()
    for (let at = 1; at <= TICKETS; at += 1) {
        const id = await new Customer(desk, `Walker ${at}`).says(`Question ${at}`)
        numbers.set((await desk.agent.listed(id)).ticket_number, id)
    }
    await desk.agent.call('POST', '/api/projects/1/conversations/tickets/bulk_update_tags/', { ids: [...numbers.values()], action: 'add', tags: ['walked'] })
    const page = await open('/inbox/1')
    // What is sent goes at once.
    await page.tab.addInitScript(() => localStorage.setItem('lambdesk.preferences', JSON.stringify({ undoSendSeconds: 0 })))
    await page.go('/inbox/1?order_by=-ticket_number')
    await page.rows.first().waitFor()
    await page.list.hover()
    await page.press('j')
    const walk = new Walk(page, numbers)
    for (let step = 0; step < STEPS; step += 1) await walk.step()
    t.diagnostic(`${walk.writes} times something was written, to ${walk.changed.size} tickets`)
    assert.ok(walk.writes > 0, 'the walk wrote something')
    // Out of whatever is open, so that the closing check sees the page itself.
    await until('everything is closed', async () => {
        const { isOver, isField } = await page.tab.evaluate(look)
        if (isOver || isField) await page.press('Escape')
        return !isOver && !isField
    })
})
