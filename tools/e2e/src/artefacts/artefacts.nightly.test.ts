import { execa } from 'execa';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { nxPath, outerEnvironment } from '../support/workspace.js';
import { answerAlone, digestOf, nobody } from './chroot.js';
import { ServiceWorkspace, type Versions } from './service-workspace.js';
import { type Change, services } from './services.js';

// Services whose needs a bundle alone does not meet. Needs root, for chroot and for a second user, and the registry of npm.

const versions: Versions = {
  '@cyclonedx/cyclonedx-library': '10.3.0',
  '@fastify/autoload': '6.5.0',
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/platform-express': '11.2.10',
  '@prisma/adapter-better-sqlite3': '7.10.0',
  '@prisma/client': '7.10.0',
  ajv: '8.20.0',
  'ajv-formats': '3.0.1',
  'ajv-formats-draft2019': '1.6.1',
  'better-sqlite3': '12.11.1',
  ejs: '3.1.9',
  express: '5.3.0',
  fastify: '5.6.1',
  pino: '10.4.0',
  'pino-pretty': '13.2.0',
  prisma: '7.10.0',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  sharp: '0.34.5',
  typeorm: '1.1.1',
};
const newer: Versions = { ejs: '3.1.10', fastify: '5.12.8', sharp: '0.35.5' };

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const rounds = Math.max(...services.map(({ changes }) => changes.length));

// Each run of Nx builds or starts ten services.
vi.setConfig({ testTimeout: 600_000 });

let own: ServiceWorkspace;

describe.skipIf(!isRoot)('artefacts hold what services need (needs root)', () => {
  beforeAll(async () => {
    own = await ServiceWorkspace.create(services, versions);
  }, 25 * 60_000);
  afterAll(() => own.workspace.close());

  it('are built', async () => {
    expect(await nx('run-many', '-t', 'build')).toContain('Successfully ran target build for 10 projects');
  });

  it.each(services)('$name answers where there is nothing but Node', async ({ name, answer }) => {
    expect(await answerAlone(own.imageOf(name))).toContain(answer);
  });

  it.each(services)('$name lists its packages as CycloneDX says', async ({ name }) => {
    const bill = await readFile(join(own.imageOf(name), '../sbom.cdx.json'), 'utf8');
    expect(await billErrors(bill)).toBeNull();
    for (const one of listedIn(name))
      expect(bill).toContain(`"pkg:npm/${one.replace('@', '%40')}@${versions[one]}"`);
  });

  it('are live', async () => {
    expect(await nx('run-many', '-t', 'deploy')).toContain('10 skills: 10 created.');
    await expectAnswers(services.map(({ name, answer }) => [name, answer]));
  });

  it.each(Array.from({ length: rounds }, (_, round) => round))(
    'are live again after a change of each kind of input: %i',
    async (round) => {
      const changed = services.flatMap(({ name, changes }) => {
        const change = changes[round];
        return change ? [{ name, change }] : [];
      });
      for (const { name, change } of changed) await apply(name, change);
      expect(await nx('run-many', '-t', 'deploy')).toContain(`${changed.length} updated`);
      await expectAnswers(changed.map(({ name, change }) => [name, change.answer]));
    },
  );

  it(
    'are live again after a change of the version of a package',
    async () => {
      await own.install({ ...versions, ...newer });
      await nx('run-many', '-t', 'deploy');
      const shown = services.flatMap(({ name, version }) =>
        version === undefined ? [] : [[name, newer[version] ?? ''] as const],
      );
      expect(shown).toHaveLength(3);
      await expectAnswers(shown);
    },
    10 * 60_000,
  );

  it(
    'have the same bytes in another folder, built by another user',
    async () => {
      await nx('run-many', '-t', 'build');
      const parent = await realpath(await mkdtemp(join(tmpdir(), 'another-user-')));
      onTestFinished(() => rm(parent, { recursive: true, force: true }));
      const root = join(parent, 'deeper/folder');
      await mkdir(join(parent, 'deeper'));
      const left = [join(own.workspace.root, '.nx'), join(own.workspace.root, '.local-platform')];
      const filter = (from: string) => !left.includes(from) && !/\/skills\/[^/]+\/dist$/.test(from);
      await cp(own.workspace.root, root, { recursive: true, verbatimSymlinks: true, filter });
      await giveTo(nobody, parent);
      await execa(process.execPath, [nxPath, 'run-many', '-t', 'build', '--skip-nx-cache'], {
        cwd: root,
        env: { ...outerEnvironment(), ...own.workspace.env, HOME: parent, TMPDIR: parent },
        extendEnv: false,
        uid: nobody,
        gid: nobody,
      });
      for (const { name } of services) {
        const [here, there] = await Promise.all([
          digestOf(own.imageOf(name)),
          digestOf(own.imageOf(name, root)),
        ]);
        expect([name, there]).toEqual([name, here]);
      }
    },
    10 * 60_000,
  );
});

async function nx(...args: string[]): Promise<string> {
  const { exitCode, output } = await own.workspace.nx(args);
  expect(exitCode, output).toBe(0);
  return output;
}

async function apply(service: string, { files, schema }: Change): Promise<void> {
  if (files) await own.write(service, files);
  if (schema !== undefined) await own.generate(schema);
}

async function expectAnswers(expected: readonly (readonly [name: string, answer: string])[]): Promise<void> {
  const answers = await own.answers();
  for (const [name, answer] of expected) expect(answers[name], name).toContain(answer);
}

/** Packages that each service has for sure, bundled or not. */
function listedIn(service: string): string[] {
  const packages: Record<string, string[]> = {
    'sharp-shop': ['sharp'],
    'sqlite-shop': ['better-sqlite3'],
    'pino-shop': ['pino', 'pino-pretty'],
    'express-shop': ['express', 'ejs'],
    'autoload-shop': ['fastify', '@fastify/autoload'],
    'nest-shop': ['@nestjs/core', 'rxjs'],
    'typeorm-shop': ['typeorm', 'better-sqlite3'],
    'prisma-shop': ['@prisma/client', 'better-sqlite3'],
  };
  return packages[service] ?? [];
}

interface Library {
  Spec: { Version: { v1dot6: string } };
  Validation: {
    JsonStrictValidator: new (version: string) => { validate: (bill: string) => Promise<unknown> };
  };
}

/** @returns null if a bill of materials is as its schema wants it */
async function billErrors(bill: string): Promise<unknown> {
  const { Spec, Validation } = createRequire(join(own.workspace.root, 'package.json'))(
    '@cyclonedx/cyclonedx-library',
  ) as Library;
  return new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(bill);
}

async function giveTo(user: number, parent: string): Promise<void> {
  await chmod(parent, 0o755);
  await chown(parent, user, user);
  await execa('chown', ['-R', '--no-dereference', `${user}:${user}`, join(parent, 'deeper')]);
}
