import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readMap, zipped } from '../src/settings/maps/file.ts'

const map = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' }

test('the sources’ texts are taken out, also of sections, and nothing else', () => {
  const section = { offset: { line: 1, column: 0 }, map: { ...map, sourcesContent: ['secret'] } }
  const text = JSON.stringify({ version: 3, sourcesContent: ['secret'], sections: [section, { url: 'x' }], x_google_ignoreList: [0] })
  expect(JSON.parse(readMap(text).json)).toEqual({ version: 3, sections: [{ ...section, map }, { url: 'x' }], x_google_ignoreList: [0] })
})

test('the id of the script stands in the map', () => {
  expect(readMap(JSON.stringify({ ...map, chunk_id: 'c-1' })).chunkId).toBe('c-1')
  for (const chunk_id of [undefined, '', 7, null]) expect(readMap(JSON.stringify({ ...map, chunk_id })).chunkId).toBeNull()
})

test.each(['', '{', '[]', 'null', '"x"', '7'])('%j is no map, and goes as it is: the desk says what is wrong', (text) => {
  expect(readMap(text)).toEqual({ json: text, chunkId: null })
})

test('sections of another shape go as they are', () => {
  for (const sections of [7, 'x', [null, 1, { map: null }, { map: [] }]])
    expect(JSON.parse(readMap(JSON.stringify({ version: 3, sections })).json)).toEqual({ version: 3, sections })
})

test('it is sent as gzip', async () => {
  const blob = await zipped('{"version":3}')
  expect(gunzipSync(Buffer.from(await blob.arrayBuffer())).toString()).toBe('{"version":3}')
})
