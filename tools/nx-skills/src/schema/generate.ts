import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { jsonSchemas } from './json-schemas.js';

/** Writes the schema files; `npm run schemas` in the root. */
const packageRoot = join(import.meta.dirname, '../..');
for (const [path, schema] of jsonSchemas()) {
  const file = join(packageRoot, path);
  const style = await resolveConfig(file);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await format(JSON.stringify(schema), { ...style, parser: 'json' }));
}
