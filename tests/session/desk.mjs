// A lambdesk-local that keeps nothing and asks agents to sign in.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

import { CLIENT } from './provider.mjs'

const binary = resolve(process.env.LAMBDESK_LOCAL ?? join(import.meta.dirname, '../../target/debug/lambdesk-local'))

/** A port that is free now. The provider must know the desk's address before the desk runs. */
export async function freePort() {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address()
    probe.close()
    await once(probe, 'close')
    return port
}

export async function desk(port, issuer) {
    const flags = ['--memory', '--port', String(port), '--sign-in', '--oidc-issuer', issuer, '--oidc-client-id', CLIENT.id]
    const env = { ...process.env, OIDC_CLIENT_SECRET: CLIENT.secret, RUST_LOG: 'info' }
    const child = spawn(binary, flags, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    child.stderr.on('data', (data) => {
        log += data
    })
    const gone = once(child, 'exit').then(([status]) => {
        throw new Error(`${binary} ended with ${status} before it listened\n${log}`)
    })
    await Promise.race([once(createInterface({ input: child.stdout }), 'line'), gone])
    gone.catch(() => {})
    return {
        log: () => log,
        stop: async () => {
            const exit = once(child, 'exit')
            child.kill('SIGTERM')
            await exit
        },
    }
}
