import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePrograms } from './docs/programs.js';
import { scriptOf, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { BuiltProduction } from './support/built-production.js';
import { repository } from './support/committed.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

// Runs every command of the guide as a reader does, from top to bottom in one shell, with a stand-in of App Platform.
const blocks = await shBlocksOf(repository, 'docs/placements-guide.md');

let folder: string;
let workspace: Workspace;
let production: BuiltProduction;
let session: ShellSession;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'guide-')));
  const scale = [{ cron: '0 8 * * *', instances: 1 }];
  workspace = await Workspace.create({ shop: { manifest: { scale } } });
  production = await BuiltProduction.start(workspace, 'shop', [
    'envs:',
    '  - { key: TOKEN, type: SECRET, scope: RUN_TIME }',
  ]);
  const secrets = { TOKEN: 'own', STAGING_TOKEN: 'of staging', ACME_TOKEN: 'of acme' };
  session = await ShellSession.open(workspace.root, {
    ...outerEnvironment(),
    ...workspace.env,
    ...secrets,
    PATH: `${await writePrograms(folder)}:${process.env['PATH']}`,
    DIGITALOCEAN_ACCESS_TOKEN: production.cloud.token,
    DIGITALOCEAN_API_URL: production.cloud.url,
  });
});
afterAll(async () => {
  await session.close();
  await production.close();
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

async function names(): Promise<string[]> {
  return (await production.apps()).map(({ spec }) => spec.name).sort();
}

/** What the last block below a heading must have done. */
const after: Record<string, (output: string) => Promise<void>> = {
  'Staging before production': async () => expect(await names()).toEqual(['shop', 'shop-staging']),
  'Several regions': async (output) => {
    expect(await names()).toEqual(['shop', 'shop-eu', 'shop-sg', 'shop-staging', 'shop-us']);
    expect(output).toMatch(/SKILL +default +eu +sg +us/);
  },
  'A customer': async () => expect(await names()).not.toContain('shop-acme'),
  'Nights and weekends': async (output) => expect(output).toContain('shop-eu'),
};

it.each(blocks.map((block, index) => [block.heading, index] as const))(
  '%s: block %s',
  async (heading, index) => {
    const block = blocks[index];
    if (!block) throw new Error('no block');
    const { exitCode, output } = await session.run(scriptOf(block, () => true));
    expect(exitCode, output).toBe(0);
    if (blocks[index + 1]?.heading !== heading) await after[heading]?.(output);
  },
);
