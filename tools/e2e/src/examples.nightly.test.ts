import { execa } from 'execa';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptOf, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { copyCommitted, repository } from './support/committed.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

// The commands of each example's page, in a copy of it. The one in Python has a test of its own: python.test.ts.

const registry = await execa('npm', ['view', 'turbo', 'version'], { reject: false });

const examples = [
  { name: 'nx', says: ['orders is valid', '1 skill: 1 created.', '1 skill: 1 healthy.'] },
  { name: 'npm', says: ['orders is valid', '1 skill: 1 created.', '1 skill: 1 healthy.'] },
  {
    name: 'turborepo',
    says: ['prices is valid', '1 skill: 1 created.', 'Nothing to deploy', '1 passed, 0 failed'],
  },
];

describe.skipIf(registry.failed)('examples (needs the npm registry)', () => {
  let tools: string;

  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), 'turbo-'));
    await execa('npm', ['install', '--prefix', tools, '--no-audit', '--no-fund', 'turbo@2']);
  });
  afterAll(() => rm(tools, { recursive: true, force: true }));

  /** An `npx` that runs what is installed here. */
  async function writeNpx(workspace: Workspace): Promise<string> {
    const turbo = join(tools, 'node_modules/.bin/turbo');
    const script = `program=$1; shift; [ "$program" != turbo@2 ] || exec "${turbo}" "$@"; exec "node_modules/.bin/$program" "$@"`;
    await workspace.write('bin/npx', `#!/bin/sh\n${script}\n`);
    await chmod(join(workspace.root, 'bin/npx'), 0o755);
    return join(workspace.root, 'bin');
  }

  it.each(examples)('$name does what its page says', { timeout: 180_000 }, async ({ name, says }) => {
    const workspace = await Workspace.create({});
    const example = `examples/${name}`;
    try {
      await workspace.remove('nx.json');
      await copyCommitted([example], workspace.root);
      await execa('cp', ['-r', `${join(workspace.root, example)}/.`, workspace.root]);
      await workspace.remove('examples');
      const bin = await writeNpx(workspace);
      await workspace.write('.gitignore', `${await workspace.read('.gitignore')}node_modules\nbin\n`);
      await workspace.commit(name);
      const session = await ShellSession.open(workspace.root, {
        ...outerEnvironment(),
        ...workspace.env,
        PATH: `${bin}:${process.env['PATH']}`,
      });
      const [block, ...others] = await shBlocksOf(repository, `${example}/README.md`);
      if (block === undefined) throw new Error(`${example} has no commands.`);
      expect(others).toEqual([]);
      const { exitCode, output } = await session.run(scriptOf(block, () => true));
      await session.close();
      expect(exitCode, output).toBe(0);
      for (const text of says) expect(output).toContain(text);
    } finally {
      await workspace.close();
    }
  });
});
