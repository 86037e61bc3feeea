// Makes `app.js`, `app.js.map` and `exception.json`: the shop of this directory as vite's bundler, Rolldown, makes it,
// and its failure as the SDK sends it from a browser with V8. Run it in this directory after `npm ci` in functions/inbox/page.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import vm from 'node:vm'

const require = createRequire(new URL('../../../../functions/inbox/page/package.json', import.meta.url))
const { rolldown } = await import(require.resolve('rolldown'))

const bundle = await rolldown({ input: 'checkout.js', cwd: import.meta.dirname })
await bundle.write({ file: `${import.meta.dirname}/app.js`, format: 'iife', minify: true, sourcemap: true })

// `posthog-cli sourcemap inject` writes a line into the script that tells the SDK the script's id, by a stack of that line.
const address = 'https://shop.example/assets/app.js'
globalThis._posthogChunkIds = { [`Error\n    at ${address}:1:1`]: '0193b8a4-7c3e-7b7a-9f5f-0d2f6a5e1c11' }

const { chromeStackLineParser, createStackParser, ErrorCoercer, ErrorPropertiesBuilder } =
  require('@posthog/core/error-tracking')
const parser = createStackParser('web:javascript', chromeStackLineParser)
const builder = new ErrorPropertiesBuilder([new ErrorCoercer()], parser)

Error.stackTraceLimit = 50
vm.runInThisContext(readFileSync(`${import.meta.dirname}/app.js`, 'utf8'), { filename: address })
try {
  globalThis.shop.pay({ lines: [{ name: 'tea' }] })
} catch (error) {
  error.stack = error.stack.split('\n').filter((line) => !line.includes('bundle.mjs') && !line.includes('node:')).join('\n')
  const { $exception_list } = builder.buildFromUnknown(error, { mechanism: { handled: false, type: 'onerror' } })
  writeFileSync(`${import.meta.dirname}/exception.json`, `${JSON.stringify($exception_list, null, 2)}\n`)
}
