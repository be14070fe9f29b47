import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jsonSchemas } from './schema-files.js';

it.each([...jsonSchemas()])(
  '%s is generated from its options; if not: npm run schemas',
  async (path, schema) => {
    const committed: unknown = JSON.parse(await readFile(join(import.meta.dirname, '../..', path), 'utf8'));
    expect(committed).toEqual(schema);
  },
);
