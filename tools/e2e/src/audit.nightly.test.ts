import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

const journal = 'WORKTREE_STATUS.journal.jsonl';

let workspace: Workspace;
const digests: Record<string, string> = {};

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  await workspace.git('config', 'user.name', 'Ada');
  for (const says of ['one', 'two']) {
    await workspace.change('shop', { says });
    await workspace.commit(`Says ${says}\n\nReviewed-by: Grace <grace@example.invalid>`);
    await workspace.nx(['deploy', 'shop', '--smokeTest']);
    digests[says] = (await workspace.status('shop'))['digest'] ?? '';
  }
});
afterAll(() => workspace.close());

it('verifies the journal of real deploys, and names the entry that someone has changed', async () => {
  const { exitCode, output } = await workspace.nxSkills(['audit', 'verify']);
  expect(output).toMatch(
    /^WORKTREE_STATUS\.journal\.jsonl: intact\n.*\n +Anchored in git at .* by deploy-.*; 0 entries/,
  );
  expect(exitCode).toBe(0);

  const before = await workspace.read(journal);
  await workspace.write(journal, before.replace('"outcome":"deployed"', '"outcome":"rejected"'));
  const changed = await workspace.nxSkills(['audit', 'verify']);
  await workspace.write(journal, before);
  expect(changed.exitCode).toBe(1);
  expect(changed.output).toMatch(
    /changed: WORKTREE_STATUS\.journal\.jsonl:\d+ \(finished of shop, .*\) was changed/,
  );
});

it('says who shipped an artefact, from what, who approved it, what it replaced, and that it was verified', async () => {
  const { exitCode, output } = await workspace.nxSkills(['audit', digests['two'] ?? '']);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/shop in local: deployed at .*, deployment /);
  expect(output).toMatch(/shipped by +Ada, deploy-/);
  expect(output).toMatch(
    /from commit +[0-9a-f]{40} "Says two" by Test <test@example.invalid>, .*, branch main/,
  );
  expect(output).toMatch(/approved by +Reviewed-by: Grace <grace@example.invalid>/);
  expect(output).toContain(`${digests['one']}`);
  expect(output).toMatch(/verified +healthy at .*, smoke test passed at /);
});

it('does not take a version for verified that failed and was rolled back, and names what was restored', async () => {
  await workspace.change('shop', { says: 'three', fault: 'answers-500-once-live' });
  await workspace.nx(['deploy', 'shop', '--timeout=5']);
  const failed = await lastDigest();
  const { output } = await workspace.nxSkills(['audit', failed]);
  expect(output).toMatch(/shop in local: rolled back at /);
  expect(output).toMatch(/with uncommitted changes/);
  expect(output).toMatch(/verified +not recorded/);
  const restored = await workspace.nxSkills(['audit', digests['two'] ?? '']);
  expect(restored.output).toMatch(
    /shop in local: restored by an automatic rollback at [^]*verified +healthy at /,
  );
  expect(restored.output).toContain(failed);
  expect(restored.output).not.toContain('uncommitted');
});

async function lastDigest(): Promise<string> {
  const last = (await workspace.records('finished')).at(-1) as { result: { digest: string } };
  return last.result.digest;
}

it('asks the platform where there is no journal', async () => {
  await workspace.remove(journal);
  const { exitCode, output } = await workspace.nxSkills(['audit', (digests['one'] ?? '').slice(7, 19)]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/shop in local: superseded at /);
  expect(output).toMatch(/shipped by +Ada\n/);
  expect(output).toMatch(/verified +not recorded/);
  const verified = await workspace.nxSkills(['audit', 'verify']);
  expect(verified.output).toContain('the whole journal was rewritten, deleted or begun anew');
  expect(verified.exitCode).toBe(1);
});
