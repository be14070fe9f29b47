import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { manifest: { assets: ['notes'] } } });
  await workspace.write('skills/shop/src/views/page.html', 'first page');
  await workspace.write('skills/shop/notes/open.txt', 'notes');
  await workspace.write(
    'skills/shop/src/main.js',
    `import { readFileSync } from 'node:fs';
    import { createServer } from 'node:http';
    const page = new URL('./views/page.html', import.meta.url);
    createServer((_, reply) => reply.end(readFileSync(page, 'utf8'))).listen(process.env.PORT, process.env.HOST);`,
  );
  await workspace.write('.gitignore', `${await workspace.read('.gitignore')}notes\n`);
  await workspace.commit('views');
});
afterAll(() => workspace.close());

async function answer(url: string): Promise<string> {
  return (await fetch(url)).text();
}

it('ships the files that a skill reads: live, and a change of one alone is a new version', async () => {
  const first = await workspace.nx(['deploy', 'shop']);
  expect(first.output).toContain('1 skill: 1 created.');
  expect(first.output).toContain('git ignores skills/shop/notes/open.txt.');
  expect(first.output).toContain('Shipped, because the code reads them: src/views/page.html');
  const [app] = await workspace.apps();
  expect(await answer(app?.live_url ?? '')).toBe('first page');
  await workspace.write('skills/shop/src/views/page.html', 'second page');
  expect((await workspace.nx(['deploy', 'shop'])).output).toContain('1 skill: 1 updated.');
  expect(await answer(app?.live_url ?? '')).toBe('second page');
});

it('finds them in development, too', async () => {
  const run = workspace.start(['serve', 'shop', '--port=28127']);
  await until('serve answers', async () => {
    const text = await answer('http://127.0.0.1:28127/').catch(() => '');
    return text === 'second page';
  });
  run.kill('SIGTERM');
  await run.ended;
});

it('refuses an asset that is not there, before anything is built', async () => {
  const manifest = JSON.parse(await workspace.read('skills/shop/skill.json')) as object;
  await workspace.write('skills/shop/skill.json', JSON.stringify({ ...manifest, assets: ['src/veiws'] }));
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'validate', 'build', '-p', 'shop']);
  expect(exitCode).toBe(1);
  expect(output).toContain('skills/shop/skill.json: assets/0: "src/veiws" matches no file in');
  expect(output).toContain('skill.json: assets: "src/veiws" matches no file in');
});
