// A source map as the browser has it, and as the desk takes it.

/** A file that somebody chose: what is sent of it, and the id of its script if it has one. */
export type MapFile = { json: string; chunkId: string | null }

type Map = { chunk_id?: unknown; sourcesContent?: unknown; sections?: unknown }

/** Takes the sources' texts out, which the desk does not need. What is no map stays as it is: the desk says what is wrong with it. */
export function readMap(text: string): MapFile {
  const map = parse(text)
  if (map === null) return { json: text, chunkId: null }
  const chunkId = typeof map.chunk_id === 'string' && map.chunk_id !== '' ? map.chunk_id : null
  return { json: JSON.stringify(without(map)), chunkId }
}

function parse(text: string): Map | null {
  try {
    const value: unknown = JSON.parse(text)
    return isMap(value) ? value : null
  } catch {
    return null
  }
}

const isMap = (value: unknown): value is Map => typeof value === 'object' && value !== null && !Array.isArray(value)

function without({ sourcesContent: _, sections, ...map }: Map): Map {
  if (!Array.isArray(sections)) return sections === undefined ? map : { ...map, sections }
  return { ...map, sections: sections.map((section: unknown) => (isMap(section) && 'map' in section && isMap(section.map) ? { ...section, map: without(section.map) } : section)) }
}

export const zipped = (text: string): Promise<Blob> => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).blob()
