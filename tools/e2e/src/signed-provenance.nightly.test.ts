import { execa } from 'execa';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { hasDockerRegistry } from '../../ship/dist/test-support/docker-registry.js';
import { ImageProduction } from './support/image-production.js';
import { type NxRun, Workspace } from './support/workspace.js';
/* eslint-enable @nx/enforce-module-boundaries */

let production: ImageProduction;
let workspace: Workspace;

beforeAll(async () => {
  if (!hasDockerRegistry) return;
  production = await ImageProduction.start({ login: true });
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one' } } });
  await production.runImageOf('shop', workspace);
});
afterAll(async () => {
  if (!hasDockerRegistry) return;
  await production.close();
  await workspace.close();
});

/** A pair of keys as openssl writes them: the private one as text, the public one as a file. */
async function keys(name: string, made: { privateKey: KeyObject; publicKey: KeyObject }) {
  const pem = String(made.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const publicFile = join(production.folder, `${name}.pub.pem`);
  await writeFile(publicFile, made.publicKey.export({ type: 'spki', format: 'pem' }));
  return { pem, publicFile };
}

/** Commits a change, and deploys it to production. @returns the run, and the image that is live then */
async function deploy(says: string, env: Record<string, string> = {}): Promise<NxRun & { image: string }> {
  await workspace.change('shop', { says });
  await workspace.commit(says);
  const run = await production.run(workspace, ['deploy', 'shop'], env);
  expect(run.output).not.toMatch(/PRIVATE KEY/);
  const digest = (await production.app('shop'))?.active_deployment?.spec?.services?.[0]?.image?.digest ?? '';
  return { ...run, image: `${production.registry.host}/acme/shop@${digest}` };
}

function verify(image: string, key: string, ...options: string[]): Promise<NxRun> {
  return workspace.nxSkills(['audit', 'verify', image, `--key=${key}`, ...options], {
    DOCKER_CONFIG: production.folder,
  });
}

async function head(): Promise<string> {
  return (await execa('git', ['rev-parse', 'HEAD'], { cwd: workspace.root })).stdout;
}

describe.skipIf(!hasDockerRegistry)(
  'a deploy with a key (needs docker-registry)',
  { timeout: 120_000 },
  () => {
    it.each([
      ['Ed25519, in a file', generateKeyPairSync('ed25519'), true],
      ['ECDSA with P-256, as text', generateKeyPairSync('ec', { namedCurve: 'P-256' }), false],
    ])(
      'signs where its image comes from, which its public key proves and no other (%s)',
      async (name, pair, inFile) => {
        const ours = await keys('ours', pair);
        const theirs = await keys('theirs', generateKeyPairSync('ed25519'));
        const file = join(production.folder, 'ours.pem');
        await writeFile(file, ours.pem, { mode: 0o600 });
        const { exitCode, output, image } = await deploy(name, { PROVENANCE_KEY: inFile ? file : ours.pem });
        expect(exitCode, output).toBe(0);

        const proven = await verify(image, ours.publicFile);
        expect(proven.exitCode, proven.output).toBe(0);
        expect(proven.output).toContain(`${image}: proven`);
        expect(proven.output).toMatch(new RegExp(`skill +shop\\n.*from commit +${await head()}`));
        const json = await verify(image, ours.publicFile, '--json');
        expect(JSON.parse(json.output)).toMatchObject({ image, skill: 'shop', commit: await head() });

        const disproved = await verify(image, theirs.publicFile);
        expect(disproved.exitCode, disproved.output).toBe(1);
        expect(disproved.output).not.toContain(': proven');
      },
    );

    it('without the key is not signed, nor later when its image is there already', async () => {
      const ours = await keys('ours', generateKeyPairSync('ed25519'));
      const { exitCode, output, image } = await deploy('not signed');
      expect(exitCode, output).toBe(0);
      expect((await verify(image, ours.publicFile)).exitCode).toBe(1);
      const again = await production.run(workspace, ['deploy', 'shop'], { PROVENANCE_KEY: ours.pem });
      expect(again.output).toContain('Nothing to deploy');
      expect((await verify(image, ours.publicFile)).exitCode).toBe(1);
    });

    it('that cannot sign sends nothing, and its message has nothing of the key', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const before = (await production.app('shop'))?.active_deployment?.id;
      let output = '';
      const writes = await production.writesOf(async () => {
        const run = await deploy('with a wrong key', { PROVENANCE_KEY: pem });
        expect(run.exitCode).toBe(1);
        ({ output } = run);
      });
      expect(writes).toEqual([]);
      expect(output).toContain('InvalidSigningKey');
      expect(output).toContain('PROVENANCE_KEY is a key of rsa. Use Ed25519, or ECDSA with the curve P-256.');
      expect(output).not.toContain(pem.split('\n')[1]);
      expect((await production.app('shop'))?.active_deployment?.id).toBe(before);
    });
  },
);
