import { markKey } from '@odoobo/app-platform';
import { keepDeployed } from '@odoobo/git-flow';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployOptions } from '../deploy/options.js';
import type { PlacedTasks } from '../deploy/place-tasks.js';
import { placementsIn } from '../placement/placements-file.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { SkillRepository } from '../test-support/skill-repository.js';
import { findPromoted } from './find-promoted.js';

const artefact = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const manifest = { id: 'shop', version: '1.0.0', description: 'Sells.', runtime: 'node', entry: 'main.js' };

let repository: SkillRepository;
/** The commit that is live in staging; the checkout is a later one. */
let commit: string;
/** App Platform, and the services of all of its apps. */
let platform: Server;
let url: string;
let apps: object[];
let health: number;

beforeEach(async () => {
  repository = await SkillRepository.create();
  commit = await repository.commit('one', { 'skills/shop/skill.json': JSON.stringify(manifest) });
  await repository.release('two');
  platform = createServer((request, reply) => {
    reply.statusCode = request.url === '/health' ? health : 200;
    reply.end(request.url?.startsWith('/v2/apps') ? JSON.stringify({ apps }) : '{}');
  });
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  apps = [appOf('shop-staging')];
  health = 200;
  await verify('shop-staging');
});
afterEach(() => {
  platform.closeAllConnections();
  platform.close();
});

function appOf(name: string, mark: object = {}): object {
  const value = JSON.stringify({ write: '1', skill: name, artefact, commit, ...mark });
  const image = { registry_type: 'DOCR', repository: 'shop', digest: other };
  const spec = { name, services: [{ name: 'shop', image }], envs: [{ key: markKey, value }] };
  return { id: name, spec, live_url: url, active_deployment: { id: 'd-1', phase: 'ACTIVE', spec } };
}

function verify(skill: string, verified = commit): Promise<void> {
  const kept = [{ environment: 'staging', skill, commit: verified }];
  return keepDeployed(kept, { cwd: repository.root });
}

/** What production gets of the apps of staging. */
async function promoted(...names: string[]): Promise<PlacedTasks> {
  const task = await repository.task();
  const [placement] = placementsIn('placements: [{ environment: staging }]', 'placements.yaml');
  const sources = (names.length > 0 ? names : ['shop-staging']).map((skill) => ({
    ...task,
    skill,
    placement: placement && { ...placement, name: skill, of: 'shop' },
  }));
  return findPromoted(
    { placed: [task], failed: [] },
    {
      workspaceRoot: repository.root,
      options: {
        ...deployOptions.parse({ environment: 'production', platformUrl: url }),
        from: 'staging',
      },
      sources: new Map([['shop', sources]]),
      folders: workspaceFolders(repository.root),
      env: { DIGITALOCEAN_ACCESS_TOKEN: 'token' },
      signal: new AbortController().signal,
    },
  );
}

async function refusal(...names: string[]): Promise<string> {
  const { placed, failed } = await promoted(...names);
  expect(placed).toEqual([]);
  return `${failed[0]?.cause?.code}: ${failed[0]?.cause?.message}`;
}

it('takes artefact, image and commit of what is live and verified there, not of the checkout', async () => {
  const { placed, failed } = await promoted();
  expect(failed).toEqual([]);
  expect(placed[0]).toMatchObject({
    promoted: { app: 'shop-staging', artefact, commit, deploy: 'npx nx deploy shop -c production' },
    checkout: { commit, dirty: false },
    origin: { commit },
  });
  expect(placed[0]?.checkout).not.toHaveProperty('branch');
  expect(placed[0]?.promoted?.images.get('shop')?.digest).toBe(other);
});

it('takes what was verified as a later commit with the same sources', async () => {
  const later = await repository.commit('docs', { 'README.md': 'more' });
  const inputs = { 'skills/shop': await repository.git('rev-parse', `${later}:skills/shop`) };
  apps = [appOf('shop-staging', { inputs })];
  await verify('shop-staging', later);
  expect((await promoted()).failed).toEqual([]);
});

it.each([
  [
    'nothing is live there',
    () => (apps = []),
    'NothingToPromote: shop-staging is not live. Deploy it first: npx nx deploy shop -c staging',
  ],
  [
    'another commit was verified',
    async () => verify('shop-staging', await repository.git('rev-parse', 'HEAD')),
    'NotVerified: no deploy has verified commit',
  ],
  [
    'it was shipped with uncommitted changes',
    () => (apps = [appOf('shop-staging', { dirty: true })]),
    'NothingToPromote: shop-staging was deployed with uncommitted changes',
  ],
  [
    'someone else has deployed it',
    () => (apps = [appOf('shop-staging', { skill: 'till' })]),
    'NothingToPromote: what is live at shop-staging was not deployed',
  ],
  [
    'its commit is unknown here',
    () => (apps = [appOf('shop-staging', { commit: 'f'.repeat(40) })]),
    'which this clone does not have. Run: git fetch origin',
  ],
])('refuses where %s', async (_, prepare, message) => {
  await prepare();
  expect(await refusal()).toContain(message);
});

it('refuses placements that run different versions', async () => {
  apps = [appOf('shop-eu'), appOf('shop-us', { artefact: other })];
  await verify('shop-eu');
  await verify('shop-us');
  expect(await refusal('shop-eu', 'shop-us')).toContain('shop-eu and shop-us run different versions');
});

it('refuses an App Spec with uncommitted changes, and not the code', async () => {
  await repository.commit('spec', { 'infra/do-gradient/shop/app-spec.yaml': 'name: shop\n' });
  await writeFile(`${repository.root}/skills/shop/main.js`, 'not committed');
  expect((await promoted()).failed).toEqual([]);
  await writeFile(`${repository.root}/skills/shop/skill.json`, `${JSON.stringify(manifest)} `);
  expect(await refusal()).toMatch(/^UncommittedChanges: .*skills\/shop\/skill\.json\. Commit them/);
});
