import { execa } from 'execa';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scriptOf, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { atNight } from './support/at-night.js';
import { repository } from './support/committed.js';
import { Traffic } from './support/traffic.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

// The commands of docs/adopting.md, from top to bottom, for a plain server with a build of its own.

const page = 'docs/adopting.md';
const root = 'apps/orders';

/** It knows nothing of skills: no digest, no contract, and it does not even end its requests on SIGTERM. */
const server = (says: string) => `
const { createServer } = require('node:http');
createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok' : '${says}');
}).listen(process.env.PORT || 3000);
`;

let workspace: Workspace;
let session: ShellSession;

beforeAll(async () => {
  workspace = await Workspace.create({});
  const own = JSON.parse(await workspace.read('package.json')) as object;
  await workspace.write('package.json', JSON.stringify({ ...own, workspaces: ['apps/*'] }));
  await workspace.write(
    `${root}/package.json`,
    JSON.stringify({
      name: '@acme/orders',
      version: '2.1.0',
      private: true,
      scripts: {
        build: `node --eval "fs.mkdirSync('lib', { recursive: true }); fs.copyFileSync('source/server.js', 'lib/server.js')"`,
        start: 'node lib/server.js',
      },
    }),
  );
  await workspace.write(`${root}/source/server.js`, server('one'));
  await workspace.write('.gitignore', `${await workspace.read('.gitignore')}lib\nbin\n`);
  await workspace.git('config', 'user.name', 'Test');
  await workspace.git('config', 'user.email', 'test@example.invalid');
  await workspace.commit('orders');
  session = await ShellSession.open(workspace.root, {
    ...outerEnvironment(),
    ...workspace.env,
    PATH: `${await programs()}:${process.env['PATH']}`,
  });
});
afterAll(async () => {
  await session.close();
  await workspace.close();
});

/** An `npx` that runs what is installed; an `npm` that installs nothing, because the packages are those of this repository. */
async function programs(): Promise<string> {
  const bin = join(workspace.root, 'bin');
  await mkdir(bin);
  const npm = join(dirname(process.execPath), 'npm');
  const scripts = {
    npx: 'program=$1; shift; exec "node_modules/.bin/$program" "$@"',
    npm: `[ "$1" != run ] || exec ${npm} "$@"`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

/** Runs the next block of the page. */
async function next(): Promise<string> {
  const block = blocks.shift();
  if (!block) throw new Error(`${page} has no more commands.`);
  const { exitCode, output } = await session.run(scriptOf(block, () => true));
  expect(exitCode, output).toBe(0);
  return output;
}

const blocks = await shBlocksOf(repository, page);

async function changed(): Promise<string> {
  return (await execa('git', ['status', '--porcelain'], { cwd: workspace.root })).stdout;
}

async function says(): Promise<string> {
  const { url = '' } = await workspace.status('orders');
  return (await fetch(url)).text();
}

it('shows without writing what it would write, and changes none of the code', async () => {
  const { exitCode, output } = await workspace.nx([
    'g',
    '@odoobo/nx-skills:adopt',
    '@acme/orders',
    '--dry-run',
  ]);
  expect(exitCode, output).toBe(0);
  expect(output).toContain(`CREATE ${root}/skill.json`);
  expect(output).toContain('CREATE infra/do-gradient/orders/app-spec.yaml');
  expect(output).toContain(
    'Ships lib/server.js, after its own target build; healthy if GET /healthz answers 200',
  );
  expect(await changed()).toBe('');
});

it('writes a manifest that is valid, and changes nothing the second time', async () => {
  await next();
  expect(JSON.parse(await workspace.read(`${root}/skill.json`))).toMatchObject({
    id: 'orders',
    contract: 'http',
    version: '2.1.0',
    runtime: 'node',
    entry: 'lib/server.js',
    buildTarget: 'build',
    healthPath: '/healthz',
  });
  const again = await workspace.nx(['g', '@odoobo/nx-skills:adopt', '@acme/orders']);
  expect(again.output).toContain('is adopted already');
  expect(await changed()).toBe('');
  const validated = await workspace.nx(['validate', '@acme/orders']);
  expect(validated.output).toContain('orders is valid');
});

it('is deployed, and updated under load without losing a request', async () => {
  await next();
  expect(await says()).toBe('one');
  const { url = '' } = await workspace.status('orders');
  await workspace.write(`${root}/source/server.js`, server('two'));
  await workspace.commit('two');
  const traffic = new Traffic(url);
  await next();
  await traffic.stop();
  expect(traffic.answers.flatMap(({ failure }) => failure ?? [])).toEqual([]);
  expect(traffic.answers.length).toBeGreaterThan(0);
  expect(await says()).toBe('two');
});

atNight(() => {
  it('is merged because it passes the tests of its contract, and rolled back', async () => {
    expect(await next()).toMatch(/orders +merged/);
    await next();
    expect(await says()).toBe('one');
    expect(blocks).toEqual([]);
  });
});

it('refuses what it cannot find, and names the option that says it', async () => {
  await workspace.write('apps/empty/package.json', JSON.stringify({ name: 'empty', private: true }));
  const { exitCode, output } = await workspace.nx(['g', '@odoobo/nx-skills:adopt', 'empty']);
  expect(exitCode).toBe(1);
  expect(output).toContain('It is not known what starts empty');
  expect(output).toContain('--entry=<file>');
  await workspace.remove('apps/empty');
  expect(await changed()).toBe('');
});
