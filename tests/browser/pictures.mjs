// Makes the pictures of the README anew: the inbox of a demo desk, in both themes. The demo's names need fonts of many scripts
// (Debian: fonts-noto-core and fonts-noto-cjk). `node tests/browser/pictures.mjs`
//
//   LAMBDESK_LOCAL   the server's binary (default ../../target/debug/lambdesk-local)
//   CHROMIUM         the browser (default /usr/bin/chromium)

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { browser as chromium } from './chromium.mjs'
import { Desk } from './desk.mjs'

const pictures = join(import.meta.dirname, '../../docs/pictures')
const SIZE = { width: 1400, height: 860 }
// Text stays crisp on a good screen, and a picture takes about 100 KB.
const [SHARPNESS, QUALITY] = [1.5, 80]

const desk = await Desk.start(['--demo'])
const browser = await chromium()
try {
    await mkdir(pictures, { recursive: true })
    await picture('inbox-dark.webp', 'dark', async (page) => {
        await page.getByRole('row').nth(2).click()
        await page.getByRole('article').first().waitFor()
    })
    await picture('inbox.webp', 'light', async (page) => {
        await page.goto(`${desk.url}/inbox/1/t/57`)
        await page.getByRole('article').first().waitFor()
    })
} finally {
    await browser.close()
    await desk.stop()
}

/** A picture of the page in a theme, once it has come to rest. */
async function picture(name, colorScheme, go) {
    const context = await browser.newContext({ viewport: SIZE, deviceScaleFactor: SHARPNESS, colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(`${desk.url}/inbox`)
    await page.getByRole('row').nth(5).waitFor()
    await go(page)
    await page.waitForLoadState('networkidle')
    await page.mouse.move(0, 0)
    const devtools = await context.newCDPSession(page)
    const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
    const bytes = Buffer.from(data, 'base64')
    await writeFile(join(pictures, name), bytes)
    console.log(`docs/pictures/${name}: ${Math.round(bytes.length / 1024)} KB`)
    await context.close()
}
