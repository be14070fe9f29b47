import { execa } from 'execa';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from './support/committed.js';
import { packagesRefusing } from './support/lock-file.js';
import { packagesHere } from './support/packages.js';

// What this repository says about itself is true.

/** The `engines` of each package. */
const lowestNode = '20.19.0';

const { stdout: lockFiles } = await execa('git', ['ls-files', ':(glob)**/package-lock.json'], {
  cwd: repository,
});
const { published, others } = await packagesHere();

it.each(lockFiles.split('\n'))(`what %s installs runs on Node ${lowestNode}`, async (file) => {
  expect(await packagesRefusing(lowestNode, join(repository, file))).toEqual([]);
});

it.each(published)(
  '$folder says its licence, may be published, and names the lowest Node',
  ({ manifest }) => {
    expect(manifest).toMatchObject({
      license: 'MIT',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
      scripts: { prepack: 'cp ../../LICENSE .' },
    });
  },
);

// A release changes the version of the packages, and npm would look in its registry for the one named here.
it.each(others)('$folder, which is not published, takes any version of the packages here', ({ manifest }) => {
  const own = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@odoobo/'));
  for (const [name, range] of own) expect([name, range]).toEqual([name, '*']);
});

it('has files called skill.json only where a skill is: Nx makes a project of each', async () => {
  const { stdout } = await execa('git', ['ls-files', ':(glob)**/skill.json'], { cwd: repository });
  const elsewhere = stdout
    .split('\n')
    .filter((file) => !/^(skills|examples|tools\/.*\/test-support)\//.test(file));
  expect(elsewhere).toEqual([]);
});
