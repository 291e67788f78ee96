// Writes the published schemas, which come as Zod, into one file of JSON Schema.
import { writeFileSync } from 'node:fs'
import * as published from 'discord-api-spec/zod'
import { registry, toJSONSchema } from 'zod'

const known = registry()
for (const [name, schema] of Object.entries(published)) {
  if (schema?._zod) known.add(schema, { id: name.replace(/Schema$/, '') })
}
const { schemas } = toJSONSchema(known, { io: 'input', unrepresentable: 'any', uri: (id) => `#/$defs/${id}` })
for (const schema of Object.values(schemas)) {
  delete schema.$schema
  delete schema.$id
}
writeFileSync(process.argv[2], JSON.stringify(schemas))
