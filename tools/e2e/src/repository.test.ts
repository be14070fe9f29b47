import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './support/committed.js';
import { packagesRefusing } from './support/lock-file.js';

// What this repository says about itself is true.

/** The `engines` of each package. */
const lowestNode = '20.19.0';

describe('what is installed', () => {
  it.each(['package-lock.json', 'tools/lint/package-lock.json', 'docs/package-lock.json'])(
    `runs on Node ${lowestNode}, by %s`,
    async (file) => expect(await packagesRefusing(lowestNode, join(repository, file))).toEqual([]),
  );
});
