// A customer's web site: one page that loads the widget from the desk. As in production, it has an origin of its own.

import { createServer } from 'node:http'
import { once } from 'node:events'

const page = (desk) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title>
<style>body { font: 16px/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>A shop</h1>
<p>Somebody's page, on another origin than the desk.</p>
<script src="${desk}/static/array.js"></script>
<script>
    posthog.init('phc_local', Object.assign({
        api_host: '${desk}',
        opt_out_useragent_filter: true,
        capture_pageview: false,
        autocapture: false,
    }, window.visitorOptions))
</script>
</html>
`

/** Serves the page on `http://localhost:PORT`. The desk is on 127.0.0.1, so to a browser even the site is different. */
export async function site(desk) {
    const server = createServer((request, response) => {
        if (new URL(request.url, 'http://shop').pathname !== '/') return response.writeHead(204).end()
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(page(desk))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
        url: `http://localhost:${server.address().port}/`,
        close: () => {
            server.closeAllConnections()
            server.close()
        },
    }
}
