// Makes the types of the API's client from the API's description.
import { writeFile } from 'node:fs/promises'
import openapi, { astToString } from 'openapi-typescript'
import ts from 'typescript'

const here = new URL('.', import.meta.url)
const description = process.env.LAMBDESK_OPENAPI
  ? new URL(process.env.LAMBDESK_OPENAPI, `file://${process.cwd()}/`)
  : new URL('../../../../openapi.json', here)

// Free-form objects stay open: an empty object type would refuse every key.
const anything = ts.factory.createTypeReferenceNode('Record', [
  ts.factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
  ts.factory.createKeywordTypeNode(ts.SyntaxKind.UnknownKeyword),
])

const isFree = (schema) =>
  schema.type === 'object' && !schema.properties && !schema.allOf && !schema.additionalProperties

const tree = await openapi(description, {
  transform: (schema) => {
    if (isFree(schema)) return anything
    const types = Array.isArray(schema.type) ? schema.type : []
    if (types.includes('object') && !schema.properties)
      return ts.factory.createUnionTypeNode([anything, ts.factory.createLiteralTypeNode(ts.factory.createNull())])
    return undefined
  },
})
await writeFile(new URL('../src/api/schema.gen.ts', here), astToString(tree))
