// What a browser complains of while a page is open: console errors, uncaught errors, violations of the page's policy,
// requests that fail, requests of another host. And which requests are open.

export class Complaints {
    /** `allow` has patterns of complaints that the test expects. */
    constructor(origin, allow = []) {
        this.origin = origin
        this.allow = allow
        this.open = new Set()
        this.all = []
    }

    /** Listens from before the page's first request. */
    async listen(page) {
        page.on('console', (line) => {
            if (line.type() === 'error') this.all.push(`console: ${line.text()} (${path(line.location().url)})`)
        })
        page.on('pageerror', (error) => this.all.push(`page error: ${error.stack}`))
        page.on('crash', () => this.open.clear())
        page.on('request', (request) => {
            const { protocol, origin } = new URL(request.url())
            if (!protocol.startsWith('http')) return
            this.open.add(request)
            if (origin !== this.origin) this.all.push(`another host: ${request.url()}`)
        })
        page.on('requestfinished', (request) => this.open.delete(request))
        page.on('requestfailed', (request) => {
            this.open.delete(request)
            const { errorText } = request.failure()
            // The page itself gave the request up, or was left.
            if (errorText !== 'net::ERR_ABORTED') this.all.push(`failed: ${request.method()} ${path(request.url())} ${errorText}`)
        })
        await page.exposeFunction('policyViolated', (violation) => this.all.push(`policy: ${violation}`))
        await page.addInitScript(() =>
            document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
                window.policyViolated(`${violatedDirective} ${blockedURI} ${sample}`),
            ),
        )
    }

    /** The complaints that the test does not expect. */
    get unexpected() {
        return this.all.filter((complaint) => !this.allow.some((pattern) => pattern.test(complaint)))
    }
}

function path(url) {
    return URL.canParse(url) ? new URL(url).pathname : url
}
