// As much of a browser as a sign-in needs: cookies by host, and redirects one at a time.

export class Browser {
    #cookies = new Map()
    #elsewhere

    /** `elsewhere` names where an origin's server really is, by origin. */
    constructor(elsewhere = {}) {
        this.#elsewhere = elsewhere
    }

    /** The cookies that are kept for the host of an address, by name. */
    cookies(url) {
        const { host } = new URL(url)
        if (!this.#cookies.has(host)) this.#cookies.set(host, new Map())
        return this.#cookies.get(host)
    }

    async ask(url, { method = 'GET', headers = {} } = {}) {
        const kept = this.cookies(url)
        const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ')
        const { origin } = new URL(url)
        const place = (this.#elsewhere[origin] ?? origin) + url.slice(origin.length)
        const response = await fetch(place, { method, redirect: 'manual', headers: { ...headers, ...(cookie && { cookie }) } })
        for (const line of response.headers.getSetCookie()) {
            const [pair, ...attributes] = line.split(';').map((part) => part.trim())
            const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
            const over = attributes.some((it) => /^max-age=0$/i.test(it) || /^expires=thu, 01 jan 1970/i.test(it))
            if (over) kept.delete(name)
            else kept.set(name, value)
        }
        return response
    }

    /** Follows redirects until `stop` says so of an address, or an answer leads nowhere. Returns the last answer and address. */
    async follow(url, stop = () => false) {
        for (let steps = 0; steps < 20; steps += 1) {
            if (stop(url)) return { url }
            const response = await this.ask(url)
            const next = response.headers.get('location')
            if (!next) return { url, response }
            url = new URL(next, url).href
        }
        throw new Error(`too many redirects, to ${url}`)
    }
}
