// The provider of npm's `oidc-provider`, whose users sign in without a form: as whoever the test says.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import Provider from 'oidc-provider'

export const CLIENT = { id: 'desk', secret: 'a-secret-of-the-desk-that-is-long-enough' }

/**
 * Starts a provider at which the desk at `desk` is registered. `users` are claims by subject; `who()` is who signs in. It listens
 * on loopback by HTTP, or where `place` says by HTTPS.
 */
export async function provider(desk, users, who, place = null) {
    const server = place ? createSecureServer({ cert: place.cert, key: place.key }) : createServer()
    const { host, port } = place ?? { host: '127.0.0.1', port: 0 }
    server.listen(port, host)
    await once(server, 'listening')
    const issuer = `${place ? 'https' : 'http'}://${host}:${server.address().port}`
    const oidc = new Provider(issuer, {
        clients: [
            {
                client_id: CLIENT.id,
                client_secret: CLIENT.secret,
                redirect_uris: [`${desk}/auth/callback`],
                post_logout_redirect_uris: [`${desk}/inbox`],
            },
        ],
        claims: { openid: ['sub'], email: ['email', 'email_verified'] },
        cookies: { keys: ['a key of the test'] },
        features: { devInteractions: { enabled: false } },
        findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...users[sub] }) }),
        interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
        // Nobody is asked whether the desk may know their address.
        loadExistingGrant: async (ctx) => {
            const grant = new ctx.oidc.provider.Grant({ clientId: CLIENT.id, accountId: ctx.oidc.session.accountId })
            grant.addOIDCScope('openid email')
            await grant.save()
            return grant
        },
        pkce: { required: () => true },
    })
    const answer = oidc.callback()
    server.on('request', (request, response) => {
        if (!request.url.startsWith('/interaction/')) return answer(request, response)
        const result = who() === null ? { error: 'access_denied' } : { login: { accountId: who() } }
        return oidc.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    })
    return {
        issuer,
        stop: () => {
            server.close()
            server.closeAllConnections()
        },
    }
}
