// The provider of npm's `oidc-provider`, whose users sign in without a form: as whoever the test says.

import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

export const CLIENT = { id: 'desk', secret: 'a-secret-of-the-desk-that-is-long-enough' }

/** Starts a provider at which the desk at `desk` is registered. `users` are claims by subject; `who()` is who signs in. */
export async function provider(desk, users, who) {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const issuer = `http://127.0.0.1:${server.address().port}`
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
    return { issuer, stop: () => server.close() }
}
