import { type Deployment, type DeployRequest, markKey, type Refusal } from '@odoobo/app-platform';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { SkillRepository } from '../test-support/skill-repository.js';
import { inOrder } from './may-replace.js';
import { deployOptions } from './options.js';

let repository: SkillRepository;
let commits: { older: string; newer: string };

beforeEach(async () => {
  repository = await SkillRepository.create();
  commits = { older: await repository.release('one'), newer: await repository.release('two') };
});

/** The live deployment, with its mark and the commit that the platform reports as built. */
function live(mark: object | undefined, built?: string): Deployment {
  const value = JSON.stringify({ write: '1', skill: 'shop', artefact: '-', ...mark });
  const services = built === undefined ? [] : [{ name: 'shop', source_commit_hash: built }];
  const spec = { name: 'shop', ...(mark && { envs: [{ key: markKey, value }] }) };
  return { id: 'live', spec, services } as Deployment;
}

async function refusalOf(
  deployment: Deployment,
  options: object = {},
  more: Partial<DeployRequest> = {},
): Promise<Refusal | undefined> {
  const task = await repository.task();
  const spec = { name: 'shop' };
  const common = { skill: 'shop', spec, healthPath: '/', digest: '-', timeoutMs: 1, origin: task.origin };
  const skill = { request: { ...common, ...more }, written: spec, task, imageDirectory: '', missing: [] };
  const ordered = inOrder({ prepared: [skill], failed: [] }, { options: deployOptions.parse(options) });
  return ordered.prepared[0]?.request.mayReplace?.(deployment, new AbortController().signal);
}

async function back(): Promise<void> {
  await repository.git('switch', '-q', '--detach', commits.older);
}

it('lets a commit replace an ancestor, and a version of unknown origin', async () => {
  expect(await refusalOf(live({ commit: commits.older }))).toBeUndefined();
  expect(await refusalOf(live({ commit: commits.newer }))).toBeUndefined();
  expect(await refusalOf(live({}))).toBeUndefined();
  expect(await refusalOf(live(undefined))).toBeUndefined();
});

it('names the command of a preview, and of worktrees', async () => {
  await back();
  const options = { environment: 'production', preview: 7, worktrees: true };
  const refusal = await refusalOf(live({ commit: commits.newer }), options);
  expect(refusal?.message).toContain(
    'npx nx deploy shop -c production --preview=7 --worktrees --allow-older',
  );
});

it('says what is known about it, without control characters', async () => {
  await back();
  const mark = { commit: commits.newer, by: 'Ann\u001b[31m', dirty: true };
  expect((await refusalOf(live(mark)))?.message).toContain(
    `the live deployment is version 0.1.0 of commit ${commits.newer.slice(0, 12)} ("two"), shipped by Ann with uncommitted changes, which is newer`,
  );
});

it('uses the commit that the platform built itself, if that is not the marked one', async () => {
  await back();
  const built = live({ commit: commits.older }, commits.newer);
  const sourceCommits = { shop: commits.older };
  expect(await refusalOf(built, {}, { sourceCommits })).toMatchObject({ code: 'OlderThanLive' });
  expect(await refusalOf(live(undefined, commits.newer), {}, { sourceCommits })).toMatchObject({
    code: 'OlderThanLive',
  });
  // A commit of another repository does not count.
  expect(await refusalOf(built)).toBeUndefined();
});

it('leaves an app of another repository to the ownership check', async () => {
  expect(await refusalOf(live({ commit: 'a'.repeat(40), repository: 'b'.repeat(40) }))).toBeUndefined();
});

it('does not guess without a repository, or from a name in place of a hash', async () => {
  expect(await refusalOf(live({ commit: 'main' }))).toMatchObject({ code: 'LiveNotFound' });
  const { root } = repository;
  await rename(join(root, '.git'), join(root, 'git'));
  const refusal = await refusalOf(live({ commit: commits.newer }));
  expect(refusal).toMatchObject({ code: 'LiveNotFound' });
  expect(refusal?.message).toContain(`${root} is not a git checkout`);
});
