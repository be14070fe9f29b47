import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { jsonSchemas } from './json-schemas.js';

// Writes the schema files that are committed: `npm run schemas` in the root.
for (const [path, schema] of jsonSchemas()) {
  const file = join(import.meta.dirname, '../..', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(schema, null, 2));
}
