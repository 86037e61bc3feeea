// The build of what another origin serves: the player of recordings, and the frame for mails. Both show what strangers sent.
import { join, resolve } from 'node:path'
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'player',
  base: '/',
  publicDir: false,
  build: {
    outDir: join(resolve(process.env['LAMBDESK_PAGE_OUT'] ?? 'dist'), 'player'),
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox128', 'safari17.5'],
    reportCompressedSize: false,
    rolldownOptions: { input: ['player/index.html', 'player/mail.html'] },
  },
})
