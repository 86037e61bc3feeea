// Runs the browser tests in Chromium: the unmodified posthog-js widget on a page of another origin, and the inbox page. Each
// has a lambdesk-local of its own. `node run.mjs [options and files for node --test]`
//
//   LAMBDESK_LOCAL   the server's binary (default ../../target/debug/lambdesk-local)
//   CHROMIUM         the browser (default /usr/bin/chromium)

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const here = import.meta.dirname
const server = resolve(process.env.LAMBDESK_LOCAL ?? join(here, '../../target/debug/lambdesk-local'))
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
const START_MS = 60_000
const STOP_MS = 15_000

if (!existsSync(chromium)) fail(`no browser at ${chromium}; on Debian: apt-get update && apt-get install -y chromium`)
if (!existsSync(server)) fail(`no server at ${server}; build it with: cargo build -p lambdesk-local`)

execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' })

const files = await mkdtemp(join(tmpdir(), 'lambdesk-browser-'))
const children = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
        for (const child of children) child.kill('SIGTERM')
    })
}

let code = 1
try {
    await widgetFiles(files)
    const asked = process.argv.slice(2).filter((option) => option.endsWith('.mjs'))
    const runs = [
        { file: 'widget.test.mjs', flags: ['--static', files] },
        { file: 'inbox.test.mjs', flags: ['--demo'] },
    ].filter(({ file }) => asked.length === 0 || asked.some((path) => path.endsWith(file)))
    if (runs.length === 0) throw new Error(`there is no ${asked.join(', ')}`)
    code = 0
    for (const { file, flags } of runs) {
        code ||= await withServer(flags, (url) => runTests(url, file))
    }
} catch (error) {
    console.error(`browser tests: ${error.message}`)
} finally {
    await rm(files, { recursive: true, force: true })
}
process.exit(code)

/** Copies the package's own files to the paths where the SDK requests them. Fails if a file is not the published one. */
async function widgetFiles(directory) {
    const package_ = join(here, 'node_modules/posthog-js')
    const { version } = JSON.parse(readFileSync(join(package_, 'package.json')))
    const hashes = JSON.parse(readFileSync(join(package_, 'dist/integrity.json')))
    const places = { 'array.js': 'array.js', 'conversations.js': `${version}/conversations.js` }
    await mkdir(join(directory, version))
    for (const [name, place] of Object.entries(places)) {
        const file = join(package_, 'dist', name)
        const hash = `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`
        const published = JSON.stringify(hashes).includes(hash)
        if (!published) throw new Error(`${file} is not what posthog-js ${version} published`)
        await cp(file, join(directory, place))
    }
}

async function withServer(flags, work) {
    const child = start(server, ['--port', '0', '--memory', ...flags], ['ignore', 'pipe', 'inherit'])
    try {
        return await work(await address(child))
    } finally {
        await stop(child)
    }
}

async function runTests(url, file) {
    const options = process.argv.slice(2).filter((option) => !option.endsWith('.mjs'))
    const tests = [join(here, file)]
    const child = start(
        process.execPath,
        ['--test', '--test-reporter=spec', ...options, ...tests],
        'inherit',
        { LAMBDESK_URL: url, CHROMIUM: chromium },
    )
    const [status] = await once(child, 'exit')
    return status ?? 1
}

function start(command, args, stdio, env = {}) {
    const child = spawn(command, args, { cwd: here, stdio, env: { ...process.env, ...env } })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
}

/** The URL in the server's first line. The lines after it are ignored. */
async function address(child) {
    const lines = createInterface({ input: child.stdout })
    const gone = once(child, 'exit').then(([status]) => {
        throw new Error(`${server} ended with ${status} before it listened`)
    })
    const late = setTimeout(() => child.kill('SIGKILL'), START_MS)
    const [line] = await Promise.race([once(lines, 'line'), gone])
    clearTimeout(late)
    gone.catch(() => {})
    const found = /^Lambdesk is listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)
    if (!found) throw new Error(`the server's first line was: ${line}`)
    return found[1]
}

async function stop(child) {
    const ended = child.exitCode ?? child.signalCode
    if (ended !== null) throw new Error(`the server ended by itself with ${ended}`)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    const [status, signal] = await exit
    clearTimeout(late)
    if (status !== 0) throw new Error(`the server answered SIGTERM with ${status ?? signal} instead of exit 0`)
}

function fail(text) {
    console.error(`browser tests: ${text}`)
    process.exit(1)
}
