import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './support/committed.js';
import { packagesRefusing } from './support/lock-file.js';
import { publishedPackages, type Manifest } from './support/packages.js';

// What this repository says about itself is true.

/** The `engines` of each package. */
const lowestNode = '20.19.0';

describe('what is installed', () => {
  it.each(['package-lock.json', 'tools/lint/package-lock.json', 'docs/package-lock.json'])(
    `runs on Node ${lowestNode}, by %s`,
    async (file) => expect(await packagesRefusing(lowestNode, join(repository, file))).toEqual([]),
  );
});

it('every package says its licence, may be published, and names the Node that is tested', async () => {
  for (const { manifest } of await publishedPackages(repository)) {
    expect(manifest).toMatchObject({
      license: 'MIT',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
      scripts: { prepack: 'cp ../../LICENSE .' },
    });
  }
});

// A release gives the packages another version, and npm would look in its registry for the one that is named here.
it.each(['tools/e2e', 'bench'])(
  '%s, which is not published, takes any version of the packages here',
  async (folder) => {
    const { dependencies = {} } = JSON.parse(
      await readFile(join(repository, folder, 'package.json'), 'utf8'),
    ) as Manifest;
    const own = Object.entries(dependencies).filter(([name]) => name.startsWith('@odoobo/'));
    for (const [name, range] of own) expect([name, range]).toEqual([name, '*']);
  },
);
