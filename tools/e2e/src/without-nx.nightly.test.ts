import { execa } from 'execa';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from './docs/pages.js';
import { scriptOf, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { repository } from './support/committed.js';
import { odooboPath, outerEnvironment, Workspace } from './support/workspace.js';

// The page docs/without-nx.md, from top to bottom, with its manifest and its App Spec.

const page = 'docs/without-nx.md';
const registry = await execa('npm', ['view', 'turbo', 'version'], { reject: false });
const blocks = await shBlocksOf(repository, page);

const server = (says: string) => `
import { createServer } from 'node:http';
createServer((request, response) => {
  response.end(request.url === '/healthz' ? 'ok' : '${says}');
}).listen(process.env.PORT);
`;

/** The first block of the page in a language. */
function shown(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(textOf(page))?.[1] ?? '';
}

describe.skipIf(registry.failed)('docs/without-nx.md (needs the npm registry)', () => {
  let workspace: Workspace;
  let session: ShellSession;
  let tools: string;

  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), 'turbo-'));
    await execa('npm', ['install', '--prefix', tools, '--no-audit', '--no-fund', 'turbo@2']);
    workspace = await Workspace.create({});
    await workspace.remove('nx.json');
    const root = { name: 'shop', private: true, type: 'module', workspaces: ['services/*'] };
    await workspace.write('package.json', JSON.stringify(root));
    const own = { name: '@acme/orders', private: true, type: 'module' };
    await workspace.write('services/orders/package.json', JSON.stringify(own));
    await workspace.write('services/orders/server.js', server('one'));
    await workspace.write('services/orders/skill.json', shown('json'));
    await workspace.write('infra/do-gradient/orders/app-spec.yaml', shown('yaml'));
    await workspace.git('config', 'user.name', 'Test');
    await workspace.git('config', 'user.email', 'test@example.invalid');
    await writePrograms();
    await workspace.commit('orders');
    session = await ShellSession.open(workspace.root, {
      ...outerEnvironment(),
      ...workspace.env,
      PATH: `${join(workspace.root, 'bin')}:${process.env['PATH']}`,
    });
  });
  afterAll(async () => {
    await session?.close();
    await workspace?.close();
    await rm(tools, { recursive: true, force: true });
  });

  /** An `npx` that runs what is installed here, and an `npm` that installs nothing. */
  async function writePrograms(): Promise<void> {
    const npm = join(dirname(process.execPath), 'npm');
    const turbo = join(tools, 'node_modules/.bin/turbo');
    const odoobo = `exec "${process.execPath}" "${odooboPath}" "$@"`;
    const scripts = {
      odoobo,
      npx: `program=$1; shift; [ "$program" != turbo ] || exec "${turbo}" "$@"; exec "$program" "$@"`,
      npm: `[ "$1" = install ] || exec ${npm} "$@"`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      await workspace.write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
      await chmod(join(workspace.root, 'bin', name), 0o755);
    }
  }

  /** Runs the next block of the page. */
  async function next(): Promise<string> {
    const block = blocks.shift();
    if (!block) throw new Error(`${page} has no more commands.`);
    const { exitCode, output } = await session.run(scriptOf(block, () => true));
    expect(exitCode, output).toBe(0);
    return output;
  }

  async function says(): Promise<string> {
    const { url = '' } = await workspace.status('orders');
    return (await fetch(url)).text();
  }

  it('deploys the service that it describes', async () => {
    await next();
    expect(await next()).toContain('orders is valid');
    expect(await says()).toBe('one');
  });

  it('prepares Turborepo, which finds nothing to change, and then what has changed', async () => {
    expect(await next()).toContain('Nothing to deploy');
    expect(await next()).toContain('Nothing to deploy');
    await workspace.git('switch', '-qc', 'skill/orders');
    await workspace.write('services/orders/server.js', server('two'));
    await workspace.commit('two');
    expect(await next()).toContain('1 skill: 1 updated');
    expect(await says()).toBe('two');
    expect(blocks).toEqual([]);
  });
});
