import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatted, localPlatformFile, localPlatformPage, referenceFile } from './page.js';
import { jsonSchemas } from './schema-files.js';

// Writes the generated files that are committed: the schema files, and the pages about them. `npm run schemas` in the root.
for (const [path, schema] of jsonSchemas()) {
  const file = join(import.meta.dirname, '../..', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(schema, null, 2));
}
await writeFile(referenceFile, await formatted());
await writeFile(localPlatformFile, await localPlatformPage());
