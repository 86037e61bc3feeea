// The files of posthog-js where the SDK looks for them, for `lambdesk-local --static`.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Copies the package's own files to the paths where the SDK requests them. Fails if a file is not the published one. */
export async function widgetFiles(directory) {
    const package_ = join(import.meta.dirname, 'node_modules/posthog-js')
    const { version } = JSON.parse(readFileSync(join(package_, 'package.json')))
    const hashes = JSON.parse(readFileSync(join(package_, 'dist/integrity.json')))
    const needed = ['conversations.js', 'lazy-recorder.js', 'exception-autocapture.js']
    const places = { 'array.js': 'array.js', ...Object.fromEntries(needed.map((name) => [name, `${version}/${name}`])) }
    await mkdir(join(directory, version))
    for (const [name, place] of Object.entries(places)) {
        const file = join(package_, 'dist', name)
        const hash = `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`
        const published = JSON.stringify(hashes).includes(hash)
        if (!published) throw new Error(`${file} is not what posthog-js ${version} published`)
        await cp(file, join(directory, place))
    }
}
