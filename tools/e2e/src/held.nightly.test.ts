import type { Deployment } from '@odoobo/app-platform/spec';
import { readPlatform } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({
    shop: { behaviour: { says: 'first' } },
    till: { behaviour: { says: 'first' } },
    needs: { behaviour: { says: 'first' }, manifest: { dependencies: ['shop'] } },
    tested: { behaviour: { says: 'first' } },
  });
  await deploy();
  await workspace.change('shop', { says: 'second' });
  await deploy();
}, 120_000);
afterAll(() => workspace.close());

function deploy(...options: string[]) {
  return workspace.nx(['run-many', '-t', 'deploy', ...options]);
}

async function appOf(name: string) {
  const app = (await workspace.apps()).find(({ spec }) => spec.name === name);
  if (!app) throw new Error(`There is no app "${name}".`);
  return app;
}

async function answerOf(name: string): Promise<string> {
  return (await fetch((await appOf(name)).live_url ?? '')).text();
}

/** Newest first. */
async function deploymentsOf(name: string): Promise<Deployment[]> {
  const at = `/apps/${(await appOf(name)).id}/deployments`;
  return ((await workspace.api(at)) as { deployments: Deployment[] }).deployments;
}

/** Rolls back to the deployment before the last without this project, as a person does in the control panel. */
async function rollBackByHand(name: string): Promise<void> {
  const platform = await readPlatform(join(workspace.root, '.local-platform'));
  const [, target] = await deploymentsOf(name);
  const reply = await fetch(`${platform?.url}/v2/apps/${(await appOf(name)).id}/rollback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ deployment_id: target?.id, skip_pin: true }),
  });
  expect(reply.status).toBe(200);
  await until('it is live', async () => (await appOf(name)).active_deployment?.cloned_from === target?.id);
}

it('holds a version that was rolled back from, and what needs it; the others are shipped', async () => {
  const [bad] = await deploymentsOf('shop');
  await workspace.nx(['rollback', 'shop']);
  const [back] = await deploymentsOf('shop');
  await workspace.change('till', { says: 'second' });
  await workspace.change('needs', { says: 'second' });

  const plan = await workspace.nx(['run-many', '-t', 'plan']);
  expect(plan.output).toMatch(
    /‖ shop +held +\$5\.00 a month\n[^=+~]*deploy refuses this: this version was live as deployment/,
  );
  expect(plan.output).toContain('4 skills: 2 to update, 1 unchanged, 1 held.');
  expect(plan.exitCode).toBe(0);

  const { exitCode, output } = await deploy();
  expect(exitCode).toBe(1);
  expect(output).toContain('4 skills: 1 skipped, 1 held, 1 unchanged, 1 updated.');
  expect(output).toContain(
    `this version was live as deployment ${bad?.id} and was rolled back at ${back?.created_at} by deployment ${back?.id} (rollback to `,
  );
  expect(output).toContain('Change the skill, or deploy this version again: --retry');
  expect([await answerOf('shop'), await answerOf('till'), await answerOf('needs')]).toEqual([
    'first',
    'second',
    'first',
  ]);
  expect(await deploymentsOf('shop')).toHaveLength(3);
  expect(await workspace.status('shop')).toMatchObject({ status: 'failed', deployment_status: 'HELD' });
});

it('ships it with --retry, and from then on it is as good as any', async () => {
  const { exitCode, output } = await deploy('--retry');
  expect(output).toContain('4 skills: 2 updated, 2 unchanged.');
  expect(exitCode).toBe(0);
  expect(await answerOf('shop')).toBe('second');
  expect((await deploy()).output).toContain('Nothing to deploy: 4 skills are already up to date.');
});

it('ships a changed artefact as usual, and still holds the version that was rolled back before it', async () => {
  await rollBackByHand('shop');
  expect((await deploy()).output).toMatch(/shop +held/);
  await workspace.change('shop', { says: 'third' });
  expect((await deploy()).output).toMatch(/shop +updated/);
  expect(await answerOf('shop')).toBe('third');
  await workspace.change('shop', { says: 'second' });
  expect((await deploy()).output).toMatch(/shop +held/);
  expect(await answerOf('shop')).toBe('third');
  await workspace.change('shop', { says: 'third' });
  expect((await deploy()).exitCode).toBe(0);
});

it('holds a version that failed its smoke test: the second run gives it no traffic', async () => {
  await workspace.change('tested', { says: 'wrong', fault: 'wrong-version' });
  const only = ['-p', 'tested', '--smokeTest'];
  expect((await deploy(...only)).output).toMatch(/tested +rolled back/);
  const traffic = new Traffic((await appOf('tested')).live_url ?? '');
  const { exitCode, output } = await deploy(...only);
  await traffic.stop();
  expect(exitCode).toBe(1);
  expect(output).toMatch(/tested +held +Held: this version was live as deployment/);
  expect(new Set(traffic.answers.map(({ says }) => says))).toEqual(new Set(['first']));
  expect(await deploymentsOf('tested')).toHaveLength(3);
});

it('holds it in a preview, too', async () => {
  const preview = ['-p', 'till', '--preview=7'];
  await deploy(...preview);
  await workspace.change('till', { says: 'preview' });
  await deploy(...preview);
  await rollBackByHand('till-pr-7');
  const held = await deploy(...preview);
  expect(held.output).toMatch(/till +held[^]*deploy this version again: --retry/);
  expect((await deploy(...preview, '--retry')).exitCode).toBe(0);
  expect(await answerOf('till-pr-7')).toBe('preview');
});
