// The browser.

import { chromium } from 'playwright-core'
import { FLAGS } from './flags.mjs'

const CLOSED = [
    ...FLAGS,
    // Only this machine's own names resolve. Requests are not intercepted for that, because Playwright would then answer
    // the preflights itself, and they are part of the widget's tests.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

export const browser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: CLOSED })
