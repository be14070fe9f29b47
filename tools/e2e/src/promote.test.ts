import { execa } from 'execa';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { hasDockerRegistry } from '../../ship/dist/test-support/docker-registry.js';
import { atNight } from './support/at-night.js';
import { ImageProduction } from './support/image-production.js';
import { type NxRun, Workspace } from './support/workspace.js';
/* eslint-enable @nx/enforce-module-boundaries */

// Staging and production are apps of one account, whose images are in one real registry.
let production: ImageProduction;
let workspace: Workspace;
/** While there is such a file, version one answers 500. */
let breaks: string;

beforeAll(async () => {
  if (!hasDockerRegistry) return;
  production = await ImageProduction.start();
  breaks = join(production.folder, 'break');
  const behaviour = { says: 'one', fault: 'answers-500', faultWhen: breaks } as const;
  workspace = await Workspace.create({ shop: { behaviour } });
  await production.runImageOf('shop', workspace);
  await workspace.write(
    'infra/do-gradient/placements.yaml',
    'placements:\n  - environment: staging\n  - overlay: { envs: [{ key: STAGE, value: production }] }\n',
  );
  await workspace.commit('run images');
});
afterAll(async () => {
  if (!hasDockerRegistry) return;
  await production.close();
  await workspace.close();
});

const staged = 'refs/deployed/staging/shop-staging';

function nx(...args: string[]): Promise<NxRun> {
  return production.nx(workspace, args);
}

function promote(...options: string[]): Promise<NxRun> {
  return nx('promote', 'shop', '--from=staging', '--to=production', ...options);
}

async function imageOf(app: string): Promise<string> {
  const live = (await production.app(app))?.active_deployment?.spec;
  return live?.services?.[0]?.image?.digest ?? '';
}

/** Expects a promotion to fail, and to write nothing. */
async function refused(code: string, says: string, ...options: string[]): Promise<void> {
  const writes = await production.writesOf(async () => {
    const { exitCode, output } = await promote(...options);
    expect(output).toContain(says);
    expect(output).toContain(code);
    expect(exitCode).toBe(1);
  });
  expect(writes).toEqual([]);
}

async function revision(ref: string): Promise<string> {
  return (await execa('git', ['rev-parse', ref], { cwd: workspace.root })).stdout;
}

async function release(text: string): Promise<void> {
  await workspace.change('shop', { says: text });
  await workspace.commit(text);
}

describe.skipIf(!hasDockerRegistry)('promote (needs docker-registry)', () => {
  it('deploys what is live in staging by one write, with the overlay of production, whatever is checked out', async () => {
    const { exitCode, output } = await nx('deploy', 'shop', '-c', 'staging');
    expect(exitCode, output).toBe(0);
    await release('two');
    const writes = await production.writesOf(async () => {
      const promoted = await promote();
      expect(promoted.output).toContain('Promoting 1 skill from staging on App Platform');
      expect(promoted.exitCode, promoted.output).toBe(0);
    });
    expect(writes).toEqual(['POST /v2/apps']);
    expect(await production.answer('shop')).toBe('one');
    expect(await imageOf('shop')).toBe(await imageOf('shop-staging'));
    expect(await revision('refs/deployed/production/shop')).toBe(await revision('HEAD~1'));
    const { url } = await workspace.status('shop');
    expect(await (await fetch(`${url}/environment`)).json()).toMatchObject({ STAGE: 'production' });
  });

  atNight(() => {
    it('refuses what no deploy has verified', async () => {
      const commit = await revision(staged);
      await workspace.git('update-ref', '-d', staged);
      await refused('NotVerified', 'no deploy has verified commit');
      await workspace.git('update-ref', staged, commit);
    });

    it('changes nothing where that is live', async () => {
      const writes = await production.writesOf(async () => {
        expect((await promote()).output).toContain('Nothing to deploy');
      });
      expect(writes).toEqual([]);
    });

    it('refuses an uncommitted App Spec, but not uncommitted code', async () => {
      await workspace.change('shop', { says: 'not committed' });
      expect((await promote()).exitCode).toBe(0);
      await workspace.git('checkout', '-q', 'skills');
      const file = 'infra/do-gradient/shop/app-spec.yaml';
      await workspace.write(file, `${await workspace.read(file)}# changed\n`);
      await refused('UncommittedChanges', file);
      await workspace.git('checkout', '-q', 'infra');
    });

    it('replaces nothing newer, except by an option that it names', async () => {
      const deployed = await nx('deploy', 'shop', '-c', 'production');
      expect(deployed.exitCode, deployed.output).toBe(0);
      const anyway = 'nx promote shop --from=staging --to=production --allow-older';
      await refused('OlderThanLive', anyway);
      expect((await promote('--allow-older')).exitCode).toBe(0);
      expect(await production.answer('shop')).toBe('one');
    });

    it('refuses an image that the registry of production does not have', async () => {
      await refused(
        'RegistryRefused',
        'does not have sha256:',
        `--registry=${production.registry.host}/other`,
      );
    });

    it('refuses what is not healthy now', async () => {
      writeFileSync(breaks, '');
      await refused('NotVerified', 'shop-staging is not healthy now');
      rmSync(breaks);
    });

    it('refuses an environment in which nothing is live', async () => {
      await workspace.write(
        'infra/do-gradient/placements.yaml',
        'placements:\n  - environment: staging\n  - environment: demo\n  - environment: production\n',
      );
      await workspace.commit('demo');
      const { exitCode, output } = await nx('promote', 'shop', '--from=demo', '--to=production');
      expect(output).toContain('shop-demo is not live. Deploy it first: npx nx deploy shop -c demo');
      expect(exitCode).toBe(1);
    });
  });
});
