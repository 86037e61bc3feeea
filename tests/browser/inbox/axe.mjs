// axe-core on the page as it stands, in both themes.
//
// The page's policy admits no script but its own, so axe can't come by an element of the page, and the policy must not be
// switched off for it. Playwright evaluates through the DevTools protocol instead, to which the policy does not apply.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Fails with what is violated, where. The theme is as before afterwards. */
export async function accessible(page) {
    const before = await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'))
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SOURCE)
    for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        assert.deepEqual(await violations(page), [], `axe, ${colorScheme}, ${new URL(page.url()).pathname}`)
    }
    await page.emulateMedia({ colorScheme: before })
}

async function violations(page) {
    return page.evaluate(async (tags) => {
        // A colour on its way from one theme to the other is none of either.
        await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))
        // Without `preload` axe asks for nothing.
        const { violations } = await window.axe.run(document, { runOnly: tags, preload: false })
        return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${failureSummary} ${html}`))
    }, TAGS)
}
