import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { policy } from './build/policy.ts'
import { desk } from './dev/desk.ts'
import { first } from './build/first.ts'

export default defineConfig({
  base: '/inbox/',
  // `dev/` is loaded by the dev server only; nothing of it is in a build.
  plugins: [policy(), svelte(), desk(process.env['LAMBDESK_DESK'] ?? 'http://127.0.0.1:8000')],
  build: {
    outDir: process.env['LAMBDESK_PAGE_OUT'] ?? 'dist',
    emptyOutDir: true,
    sourcemap: false,
    // The page's policy admits no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox128', 'safari17.5'],
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: first } },
  },
  server: { host: '127.0.0.1', strictPort: true },
  preview: { host: '127.0.0.1', strictPort: true },
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
  },
})
