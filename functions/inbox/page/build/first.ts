// What the list begins with is one file: cut into what each later part shares with it, it would compress worse, and worse
// with each part that is added.

type Module = { importers: readonly string[] } | null
type Context = { getModuleInfo: (id: string) => Module }

const ENTRY = /\/(?:src\/main\.ts|index\.html)$/
/** The page's own modules, and those of its icons. A library's own file may have more in it than the list needs. */
const OWN = /\/src\/|\/@lucide\/svelte\/|preload-helper/

export const first = { groups: [{ debugName: 'first', name: (id: string, context: Context) => (OWN.test(id) && isFirst(id, context) ? 'first' : null) }] }

/** Whether the page's beginning imports a module, directly or by others. */
function isFirst(id: string, context: Context): boolean {
  const seen = new Set([id])
  for (const module of seen) {
    if (ENTRY.test(module)) return true
    for (const importer of context.getModuleInfo(module)?.importers ?? []) seen.add(importer)
  }
  return false
}
