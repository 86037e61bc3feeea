// The dev server before a local desk: it hands the API's calls on. Nothing of this file is in a build.
import type { Plugin } from 'vite'

const PATHS = ['/api', '/auth', '/demo', '/static', '/array', '/_local']

export function desk(address: string): Plugin {
  const proxy = Object.fromEntries(PATHS.map((path) => [path, { target: address, changeOrigin: true }]))
  return { name: 'lambdesk-desk', config: () => ({ server: { proxy }, preview: { proxy } }) }
}
