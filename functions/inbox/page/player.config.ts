// The build of the player of recordings: a document and a script of their own, because another origin serves them.
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
  },
})
