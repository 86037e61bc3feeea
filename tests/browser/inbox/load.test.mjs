// What a first visit costs, in bytes and requests. Times belong to no test that others' machines run.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { stories } from './story.mjs'

const story = stories()

const KB = 1024
const SCRIPT_BUDGET = 110 * KB
const STYLE_BUDGET = 15 * KB
const MOST_FILES = 12

/** A file as the desk sends it to a browser that takes gzip. */
const gzipped = (url) =>
    new Promise((done, failed) => {
        request(url, { headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
            let bytes = 0
            response.on('data', (part) => (bytes += part.length))
            response.on('end', () => done({ status: response.statusCode, headers: response.headers, bytes }))
        }).on('error', failed).end()
    })

story('a first visit keeps its budgets, and a second one asks for no file again', {}, async ({ open, desk }) => {
    for (let at = 0; at < 60; at += 1) await desk.agent.file(`Question ${at}`, { status: 'open' })
    const page = await open('/inbox/1')
    await page.rows.first().waitFor()
    // The page's script, what it cannot begin without, and its styles. All else is fetched while the list is.
    const files = await page.tab.evaluate(() =>
        [...document.head.querySelectorAll('script[src], link[rel=modulepreload], link[rel=stylesheet]')].map(({ src, href }) => src || href),
    )
    const named = await (await fetch(`${desk.url}/inbox/1`)).text()
    const first = files.filter((url) => named.includes(new URL(url).pathname))
    const sizes = new Map()
    for (const url of first) {
        const { status, headers, bytes } = await gzipped(url)
        assert.equal(status, 200, url)
        if (/\.(js|css)$/.test(url)) {
            assert.equal(headers['content-encoding'], 'gzip', url)
            assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable', url)
        }
        sizes.set(url, bytes)
    }
    const sum = (ending) => [...sizes].reduce((total, [url, bytes]) => total + (url.endsWith(ending) ? bytes : 0), 0)
    const [scripts, styles] = [sum('.js'), sum('.css')]
    assert.ok(scripts > 20 * KB && scripts <= SCRIPT_BUDGET, `${scripts} bytes of scripts that the page begins with, of ${SCRIPT_BUDGET}`)
    assert.ok(styles > 0 && styles <= STYLE_BUDGET, `${styles} bytes of styles that the page begins with, of ${STYLE_BUDGET}`)
    assert.ok(first.length <= MOST_FILES, `the page begins with ${first.length} files: ${first.join(' ')}`)
    const fonts = await page.tab.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /\.(woff2?|ttf|otf)$/.test(name)).length)
    assert.equal(fonts, 0)

    // The page itself is asked for with its tag; its files are kept.
    const again = []
    page.tab.on('response', async (response) => {
        const { pathname } = new URL(response.url())
        if (/\/inbox\/assets\//.test(pathname) && !response.fromServiceWorker()) again.push(response)
    })
    await page.tab.reload()
    await page.rows.first().waitFor()
    const fromNetwork = await page.tab.evaluate(() =>
        performance.getEntriesByType('resource').filter(({ name, transferSize }) => name.includes('/inbox/assets/') && transferSize > 0).map(({ name }) => name),
    )
    assert.ok(again.length > 0)
    assert.deepEqual(fromNetwork, [], 'files that were fetched again')
    const { headers } = await gzipped(`${desk.url}/inbox/1`)
    assert.equal(headers['cache-control'], 'no-cache')
})
