// Keeps a build under the page's policy, which admits no style attribute in markup: one library has a few, of one kind.
import type { Plugin } from 'vite'

const STYLED = /<[a-z][^<>`]* style=/

export function policy(): Plugin {
  return {
    name: 'lambdesk-policy',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('/bits-ui/') || !id.endsWith('.svelte')) return undefined
      return code.replaceAll('style="display: contents;"', 'class="contents"')
    },
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle))
        if (part.type === 'chunk' && STYLED.test(part.code)) this.error(`${part.fileName} has markup with a style attribute.`)
    },
  }
}
