import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { buildArtefact } from '../artefact/build-artefact.js';
import { loadManifest } from '../manifest/load-manifest.js';
import { commandOf } from '../manifest/skill-place.js';
import type { SkillStatus } from '../records/skill-status.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type HeadProof, proveHead } from './prove-head.js';

const head = 'a'.repeat(40);
const other = 'b'.repeat(40);
const shipped = `sha256:${'c'.repeat(64)}`;

/** The proof for a skill whose live artefact is `digest`, with its records. */
async function proofOf(live: Partial<HeadProof['live']>, recorded: SkillStatus = {}): Promise<HeadProof> {
  const workspaceRoot = await tempDirectory();
  const place = { workspaceRoot, skillRoot: 'skills/echo', skill: 'echo', command: commandOf([], 'echo') };
  const manifest = {
    id: 'echo',
    version: '1.0.0',
    description: 'Echoes.',
    runtime: 'node',
    entry: 'main.js',
  };
  await write(join(workspaceRoot, 'skills/echo/skill.json'), JSON.stringify(manifest));
  await write(join(workspaceRoot, 'skills/echo/main.js'), 'console.log(1);\n');
  return {
    candidate: { place, branch: 'skill/echo', head, worktree: '/projects/echo' },
    place,
    provide: async () => {},
    live: { url: 'http://127.0.0.1:1', deploymentId: 'd-1', ...live },
    records: { skills: { echo: recorded } },
  };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

it('accepts a deployment that the platform built from the head', async () => {
  await expect(proveHead(await proofOf({ commit: head }))).resolves.toBeUndefined();
});

it('refuses a deployment that the platform built from another commit', async () => {
  await expect(proveHead(await proofOf({ commit: other, digest: shipped }))).rejects.toThrow(
    'the live version (deployment d-1) was built from bbbbbbbbb, and skill/echo is at aaaaaaaaa',
  );
});

it('accepts the record of a deploy that shipped the artefact from the head, without uncommitted changes', async () => {
  const recorded = { commit: head, digest: shipped, dirty: false };
  await expect(proveHead(await proofOf({ digest: shipped }, recorded))).resolves.toBeUndefined();
});

it.each([
  ['had uncommitted changes', { commit: head, digest: shipped, dirty: true }],
  ['does not say whether it had', { commit: head, digest: shipped }],
  ['was of another commit', { commit: other, digest: shipped, dirty: false }],
  ['was of another artefact', { commit: head, digest: `sha256:${'d'.repeat(64)}`, dirty: false }],
])('builds the head to compare if the deploy %s', async (_, recorded) => {
  await expect(proveHead(await proofOf({ digest: shipped }, recorded))).rejects.toThrow(
    /is artefact sha256:cccccccccccc, and aaaaaaaaa, the head of skill\/echo, builds to sha256:\w{12}$/,
  );
});

it('accepts an artefact that equals the build of the head, and removes the build', async () => {
  const proof = await proofOf({});
  const skill = join(proof.place.workspaceRoot, 'skills/echo');
  const { digest } = await buildArtefact(skill, await loadManifest(proof.place.workspaceRoot, 'skills/echo'));
  const elsewhere = await proofOf({ digest });
  await expect(proveHead(elsewhere)).resolves.toBeUndefined();
  expect(await readdir(join(elsewhere.place.workspaceRoot, 'skills/echo'))).toEqual([
    'main.js',
    'skill.json',
  ]);
});

it('says that a head that does not build cannot be compared', async () => {
  const proof = await proofOf({ digest: shipped });
  await write(join(proof.place.workspaceRoot, 'skills/echo/main.js'), "import './gone.js';");
  await expect(proveHead(proof)).rejects.toThrow(
    'no deploy from a clean checkout of skill/echo has recorded the live version',
  );
});

it('refuses a version that was not deployed from this repository', async () => {
  await expect(proveHead(await proofOf({}))).rejects.toThrow('has no artefact digest');
});
