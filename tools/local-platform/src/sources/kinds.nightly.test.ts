import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  baseImage,
  folderWithContainers,
  lacksContainers,
  tagged,
} from '../testing/containers.test.helper.js';
import { folderWithDatabases } from '../testing/databases.test.helper.js';
import { deployExample, type Example, exampleFile } from '../testing/example.test.helper.js';
import { lacksRegistry, startRegistry } from '../testing/registry.test.helper.js';
import { isThere, useRegistryOfNpm } from './repository.test.helper.js';

// The applications of examples/app-platform, each from its own App Spec: deployed, and deployed again by a push.

/** What an application answers, by the path; `N` stands for the number of the edition. */
type Answers = Record<string, string>;

const hasNpm = await useRegistryOfNpm();
const hasCorepack = hasNpm && (await isThere('corepack', '--version'));
const hasBun = hasNpm && (await isThere('bun', '--version'));
const hasIndex = await isThere('python3', '-m', 'pip', 'download', '--no-deps', '-d', '/tmp', 'six==1.17.0');
const hasModules = await isThere('go', 'version');
const hasPhp = await isThere('php', '--version');
const hasComposer = hasPhp && (await isThere('composer', '--version'));
const hasRuby = await isThere('bundle', '--version');
const hasHugo = await isThere('hugo', 'version');
const hasMysql = (await isThere('mysqld', '--version')) || (await isThere('mariadbd', '--version'));
const hasValkey =
  (await isThere('valkey-server', '--version')) || (await isThere('redis-server', '--version'));
const isLacking = await lacksContainers();

const timeout = 600_000;

async function expectBothEditions(name: string, answers: Answers, directory?: string): Promise<void> {
  await expectEditions(await deployExample(name, { directory }), answers);
}

async function expectEditions(example: Example, answers: Answers): Promise<void> {
  await example.expectAnswers(1, answers);
  await example.pushEdition(2);
  await example.expectAnswers(2, answers);
}

describe.skipIf(!hasNpm)('Node (needs npm)', { timeout }, () => {
  it.each([
    ['node-server', { '/': 'hello from node-server, edition N' }],
    ['express', { '/': 'hello from express, edition N' }],
    ['typescript', { '/': 'hello from typescript, edition N' }],
    ['vite', { '/': 'hello from vite, edition N', '/any/page': 'hello from vite, edition N' }],
    ['eleventy', { '/': '<h1>hello from eleventy, edition N</h1>' }],
    ['internal', { '/': 'hello from internal, edition N, prices of edition N' }],
    ['scheduled', { '/': 'hello from scheduled, edition N, reported edition N' }],
    ['site-and-api', { '/any/page': 'site-and-api, edition N', '/api/orders': '/orders of edition N' }],
  ])('%s', (name, answers) => expectBothEditions(name, answers));

  it('websocket', async () => {
    const example = await deployExample('websocket');
    await expectEditions(example, { '/': 'hello from websocket, edition N' });
    const socket = new WebSocket((await example.url()).replace('http:', 'ws:'));
    const answer = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
    socket.once('open', () => socket.send('hello'));
    expect(await answer).toBe('you said hello');
    socket.close();
  });
});

describe.skipIf(!hasCorepack)('other package managers of Node (needs npm and corepack)', { timeout }, () => {
  it.each([
    ['yarn-1', { '/': 'hello from yarn-1, edition N, a day is 86400000 ms' }],
    ['yarn-berry', { '/': 'hello from yarn-berry, edition N, a day is 86400000 ms' }],
    ['pnpm', { '/': 'hello from pnpm, edition N, a day is 86400000 ms' }],
    ['pnpm-workspace', { '/': 'hello after 1000 ms from pnpm-workspace, edition N' }],
  ])('%s', (name, answers) => expectBothEditions(name, answers));
});

it.skipIf(!hasBun)('bun (needs bun and npm)', { timeout }, () =>
  expectBothEditions('bun', { '/': 'hello from bun, edition N, a day is 86400000 ms' }),
);

describe('static sites', { timeout }, () => {
  it('html', () =>
    expectBothEditions('html', {
      '/': 'hello from html, edition N',
      '/missing/page': 'nothing here in edition N',
    }));

  it.skipIf(!hasHugo)('hugo (needs hugo)', () =>
    expectBothEditions('hugo', { '/': 'hello from hugo, edition N', '/posts/first/': 'post, edition N' }),
  );
});

describe.skipIf(!hasIndex)('Python (needs pip and an index)', { timeout }, () => {
  it.each([
    ['flask', { '/': 'hello from flask, edition N' }],
    ['fastapi', { '/': '"hello from fastapi, edition N"' }],
    ['poetry', { '/': 'hello from poetry, edition N' }],
    ['pipfile', { '/': 'hello from pipfile, edition N' }],
    ['setup-py', { '/': 'hello from setup-py, edition N' }],
    ['procfile', { '/': 'hello from procfile, edition N, and the clock of edition N' }],
  ])('%s', (name, answers) => expectBothEditions(name, answers));

  it('django', async () => {
    const answers = {
      '/': 'hello from django, edition N, deployed N times',
      '/static/notes/style.css': 'the style of edition N',
    };
    await expectBothEditions('django', answers, await folderWithDatabases());
  });
});

describe.skipIf(!hasModules)('Go (needs go)', { timeout }, () => {
  it.each([
    ['go', { '/': 'hello from go, edition N' }],
    ['go-vendor', { '/': 'hello from go-vendor, edition N' }],
    [
      'monorepo',
      { '/': 'hello from monorepo, edition N, with the api of edition N', '/docs': 'docs of edition N' },
    ],
  ])('%s', (name, answers) => expectBothEditions(name, answers));
});

describe.skipIf(!hasPhp)('PHP (needs php)', { timeout }, () => {
  it('php', () => expectBothEditions('php', { '/?name=you': 'hello from you, edition N' }));

  it.skipIf(!hasComposer)('php-composer (needs composer)', () =>
    expectBothEditions('php-composer', { '/': 'hello from php-composer, edition N, built' }),
  );
});

it.skipIf(!hasRuby)('rack (needs bundler)', { timeout }, () =>
  expectBothEditions('rack', { '/': 'hello from rack, edition N, in production' }),
);

describe.skipIf(!hasNpm)('databases (needs npm)', { timeout }, () => {
  it.skipIf(!hasMysql)('mysql (needs MySQL or MariaDB)', async () => {
    const answers = { '/': 'hello from mysql, edition N, migrated N times' };
    await expectBothEditions('mysql', answers, await folderWithDatabases());
  });

  it.skipIf(!hasValkey)('valkey-worker (needs Valkey or Redis)', async () => {
    const answers = { '/': 'hello from valkey-worker, shipped: edition N' };
    await expectBothEditions('valkey-worker', answers, await folderWithDatabases());
  });
});

describe.skipIf(isLacking)('containers (needs busybox, and podman, docker or buildah)', { timeout }, () => {
  it('dockerfile', async () => {
    const directory = await folderWithContainers();
    const example = await deployExample('dockerfile', {
      directory,
      prepare: (clone) => copyFile('/usr/bin/busybox', join(clone, 'busybox')),
    });
    await expectEditions(example, { '/': 'hello from dockerfile, edition N' });
  });

  describe.skipIf(lacksRegistry())('and a registry (needs docker-registry)', () => {
    async function withBase() {
      const registry = await startRegistry();
      const directory = await folderWithContainers();
      await registry.push(directory, await baseImage(directory), 'library/busybox:1');
      return { registry, directory };
    }

    it.each([
      ['dockerfile-stages', { '/': 'hello from dockerfile-stages, edition N' }],
      ['dockerfile-site', { '/': 'hello from dockerfile-site, edition N' }],
    ])('%s', async (name, answers) => {
      const { directory } = await withBase();
      await expectBothEditions(name, answers, directory);
    });

    it('image', async () => {
      const { registry, directory } = await withBase();
      const push = async (edition: number) => {
        const dockerfile = (await exampleFile('image', 'Dockerfile')).replace(
          'edition 1',
          `edition ${edition}`,
        );
        const name = `localhost/local-platform-pushed:${edition}`;
        await tagged(directory, name, dockerfile);
        await registry.push(directory, name, 'acme/web:stable');
      };
      await push(1);
      const example = await deployExample('image', { directory });
      await example.expectAnswers(1, { '/': 'hello from image, edition N' });
      await push(2);
      await example.deployAgain();
      await example.expectAnswers(2, { '/': 'hello from image, edition N' });
    });
  });
});
