// Runs the browser tests in Chromium: the unmodified posthog-js widget on a page of another origin, and the inbox page. Each
// file has a lambdesk-local of its own. `node run.mjs [names of files] [options for node's test runner]`
//
//   node run.mjs                                   all
//   node run.mjs list drafts                       inbox/list.test.mjs, inbox/drafts.test.mjs
//   node run.mjs widget --test-name-pattern=badge
//
//   LAMBDESK_LOCAL   the server's binary (default ../../target/debug/lambdesk-local)
//   CHROMIUM         the browser (default /usr/bin/chromium)
//   SLOWER           how many times as long the inbox page's processor takes (default 1); with 5 a story fails that looks at the
//                    page before it is there. All files then take 40 minutes.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { widgetFiles } from './widget-files.mjs'

const here = import.meta.dirname
const server = resolve(process.env.LAMBDESK_LOCAL ?? join(here, '../../target/debug/lambdesk-local'))
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SUFFIX = '.test.mjs'
const LAST_CHARACTERS = 4_000

if (!existsSync(chromium)) fail(`no browser at ${chromium}; on Debian: apt-get update && apt-get install -y chromium`)
if (!existsSync(server)) fail(`no server at ${server}; build it with: cargo build -p lambdesk-local`)
const files = chosen(process.argv.slice(2).filter((word) => !word.startsWith('-')))
const options = process.argv.slice(2).filter((word) => word.startsWith('-'))

if (!isInstalled()) execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' })

const widget = await mkdtemp(join(tmpdir(), 'lambdesk-browser-'))
let child
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child?.kill('SIGTERM'))

const outcomes = []
let isDone = false
try {
    await widgetFiles(widget)
    for (const file of files) outcomes.push(await run(file))
    isDone = true
} catch (error) {
    console.error(`browser tests: ${error.message}`)
} finally {
    await rm(widget, { recursive: true, force: true })
}
console.log()
for (const { file, seconds, status } of outcomes) console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${seconds.padStart(6)} s  ${file}`)
// Once more what failed: a log is often kept by its end alone.
for (const { file, status, failures } of outcomes) if (status !== 0) console.log(`\n=== ${file}\n${failures}`)
process.exit(isDone && outcomes.every(({ status }) => status === 0) ? 0 : 1)

/** Whether npm has installed what the lock names now. */
function isInstalled() {
    const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) => join(here, file))
    return existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs
}

/** The files with tests, of which a name is the file's own without its folder and ending. */
function chosen(names) {
    const all = readdirSync(here, { recursive: true })
        .filter((file) => file.endsWith(SUFFIX) && !file.includes('node_modules'))
        .sort()
    const called = (file) => basename(file, SUFFIX)
    const asked = names.map((name) => called(name))
    const unknown = asked.filter((name) => !all.some((file) => called(file) === name))
    if (unknown.length > 0) fail(`there is no ${unknown.join(', ')}; there are ${all.map(called).join(', ')}`)
    return asked.length === 0 ? all : all.filter((file) => asked.includes(called(file)))
}

async function run(file) {
    console.log(`\n=== ${file}`)
    const from = Date.now()
    child = spawn(process.execPath, ['--test-reporter=spec', ...options, join(here, file)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, LAMBDESK_LOCAL: server, CHROMIUM: chromium, WIDGET_FILES: widget },
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
        process.stdout.write(text)
        output += text
    })
    const [status] = await once(child, 'close')
    return { file, status: status ?? 1, seconds: ((Date.now() - from) / 1_000).toFixed(1), failures: failuresIn(output) }
}

/** What node's reporter says at its end of the tests that failed; without that, the last of what was printed. */
function failuresIn(output) {
    const at = output.lastIndexOf('failing tests:')
    return at < 0 ? output.slice(-LAST_CHARACTERS) : output.slice(at)
}

function fail(text) {
    console.error(`browser tests: ${text}`)
    process.exit(1)
}
