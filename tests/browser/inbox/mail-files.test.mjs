// Files of mails and of answers, and the original of a mail.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'
import { accessible } from './axe.mjs'
import { addressed, mailed, ticketOf } from './mail.mjs'
import { stories } from './story.mjs'

const story = stories()
/** Files lie in a bucket of another address, and mails are shown by another host, on purpose. */
const BUCKET = /^another host: http:\/\/127\.0\.0\.1:\d+\/files\//
const FRAME = /^another host: http:\/\/localhost:\d+\/(mail|mail-with-pictures|assets\/[\w.-]+)$/
/** The test's own listener can't run in the frame with the mail, where nothing can. */
const PROBE = /^console: Blocked script execution in 'about:srcdoc' because the document's frame is sandboxed/
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const part = (headers, body) => `--b\n${headers.join('\n')}\n\n${body}\n`
const HTML = `<h1>Look</h1><script>parent.document.title = 'run'; window.ran = 1</script><img src="cid:shot@example.com" alt="The shot"><img src="https://tracker.example.org/seen.gif" alt="" onerror="window.ran = 1"><a href="https://shop.example.com/cart">The cart</a>`
const MULTIPART = [
    part(['Content-Type: text/html; charset=utf-8'], HTML),
    part(['Content-Type: image/png; name="shot.png"', 'Content-Disposition: inline; filename="shot.png"', 'Content-ID: <shot@example.com>', 'Content-Transfer-Encoding: base64'], PNG),
    part(['Content-Type: text/plain; name="log.txt"', 'Content-Disposition: attachment; filename="log.txt"'], 'nothing but a log'),
    '--b--',
].join('')
const HEADERS = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary="b"' }

story('a mail’s files are there, and its original is shown without running anything', { allow: [BUCKET, FRAME, PROBE] }, async ({ desk, open }) => {
    await addressed(desk)
    await mailed(desk, { from: 'Ada <ada@example.com>', subject: 'Look at this', text: MULTIPART, headers: HEADERS })
    const page = await open('/inbox/1')
    await page.openTicket((await ticketOf(desk)).ticket_number)
    const message = page.message('Look')
    const files = message.getByRole('list', { name: 'Files of the message' })
    await files.getByText('17 bytes').waitFor()
    await until('the picture is drawn', () => message.locator('img').evaluate((image) => image.naturalWidth === 1))
    const [download] = await Promise.all([page.tab.waitForEvent('download'), page.tab.getByRole('button', { name: /^Download log\.txt/ }).click()])
    assert.equal(download.suggestedFilename(), 'log.txt')

    const asked = []
    await page.tab.context().route('https://tracker.example.org/**', (route) => {
        asked.push(route.request().url())
        return route.fulfill({ contentType: 'image/png', body: Buffer.from(PNG, 'base64') })
    })
    await message.getByRole('button', { name: 'Original mail' }).click()
    await page.dialog.getByText('1 picture is not shown.').waitFor()
    const shown = page.tab.frameLocator('iframe[title="The mail as it looks"]').frameLocator('iframe')
    await shown.getByRole('heading', { name: 'Look' }).waitFor()
    await until('the mail’s own picture is drawn', () => shown.getByAltText('The shot').evaluate((image) => image.naturalWidth === 1))
    assert.deepEqual(asked, [], 'nobody is told that the mail is read')
    await accessible(page.tab)
    page.complaints.allow.push(/^another host: https:\/\/tracker\.example\.org\/seen\.gif$/)
    await page.button('Show pictures').click()
    await until('the pictures are asked for', () => asked.length > 0)
    await shown.getByRole('heading', { name: 'Look' }).waitFor()
    assert.equal(await page.tab.title().then((title) => title.includes('run')), false)
    assert.equal(await shown.locator('body').evaluate(() => window.ran), undefined)

    await page.button('As text').click()
    await page.dialog.getByText('The cart').waitFor()
    await page.button('Close').last().click()
    await page.dialog.waitFor({ state: 'detached' })
})

story('files go with an answer, however they came, and the draft keeps them', { allow: [BUCKET] }, async ({ desk, open }) => {
    const ticket = await desk.agent.file('The invoice is missing.')
    const page = await open('/inbox/1')
    await page.openTicket(ticket.ticket_number)
    await page.write('Reply', 'Here it is.')
    const files = page.tab.getByRole('list', { name: 'Files that go with it' })
    const choose = async (...given) => {
        const [chooser] = await Promise.all([page.tab.waitForEvent('filechooser'), page.button('Attach files').click()])
        await chooser.setFiles(given)
    }
    await choose({ name: 'invoice.pdf', mimeType: 'application/pdf', buffer: Buffer.from('an invoice') }, { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) })
    await page.tab.getByText('empty.txt is left out: there is nothing in it.').waitFor()
    await files.getByText('10 bytes').waitFor()

    // One that is pasted, and one that is dropped.
    for (const [kind, name] of [['paste', 'pasted.png'], ['drop', 'dropped.txt']])
        await page.composer.evaluate((area, [kind, name]) => {
            const data = new DataTransfer()
            data.items.add(new File(['x'.repeat(2048)], name, { type: name.endsWith('png') ? 'image/png' : 'text/plain' }))
            const more = { bubbles: true, cancelable: true }
            area.dispatchEvent(kind === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, ...more }) : new DragEvent('drop', { dataTransfer: data, ...more }))
        }, [kind, name])
    await until('all three are there', async () => (await files.getByText('2 kB').count()) === 2)

    // What the desk has, it has after a reload too.
    await page.tab.reload()
    await until('the files are there again', async () => (await files.getByRole('listitem').count()) === 3)
    await page.button('Leave out dropped.txt').click()
    await page.button('Send and set Pending').click()
    await page.button('Now').click()
    const sent = page.message('Here it is.').and(page.tab.locator(':not(.pending)'))
    await sent.getByRole('list', { name: 'Files of the message' }).getByText('invoice.pdf').waitFor()
    const [, reply] = await desk.agent.messages(ticket.id)
    assert.deepEqual(reply.attachments.map(({ name }) => name).toSorted(), ['invoice.pdf', 'pasted.png'])
    await files.waitFor({ state: 'detached' })
})

story('a file that did not get through is tried again, and nothing is sent without it', { allow: [BUCKET, /\/files\/|ERR_FAILED/] }, async ({ desk, open }) => {
    const ticket = await desk.agent.file('Where is the log?')
    const page = await open('/inbox/1')
    await page.openTicket(ticket.ticket_number)
    await page.write('Reply', 'The log.')
    await page.tab.route(/\/files\/pending\//, (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()))
    const [chooser] = await Promise.all([page.tab.waitForEvent('filechooser'), page.button('Attach files').click()])
    await chooser.setFiles([{ name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('a log') }])
    await page.tab.getByText('Not sent to the desk').waitFor()
    assert.equal(await page.button('Send and set Pending').isDisabled(), true)
    await accessible(page.tab)
    await page.tab.unrouteAll()
    await page.button('Try log.txt again').click()
    await page.tab.getByRole('list', { name: 'Files that go with it' }).getByText('5 bytes').waitFor()
    await page.button('Send and set Pending').click()
    await page.button('Now').click()
    await page.message('The log.').getByRole('list', { name: 'Files of the message' }).getByText('log.txt').waitFor()
})
