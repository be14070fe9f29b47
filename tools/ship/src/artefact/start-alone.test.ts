import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startAlone } from './start-alone.js';

function start(code: string): Promise<string | undefined> {
  return startAlone([{ path: 'main.mjs', contents: Buffer.from(code) }], ['node', 'main.mjs']);
}

it('is satisfied with a service that listens', async () => {
  const listening = `import { createServer } from 'node:http';
    createServer((_, reply) => reply.end()).listen(process.env.PORT, process.env.HOST);`;
  expect(await start(listening)).toBeUndefined();
});

it('leaves nothing behind', async () => {
  const folder = await start('console.log(process.cwd());');
  expect(folder).toMatch(/^\/.*artefact-/);
  expect(existsSync(folder ?? '')).toBe(false);
});

it.each([
  [
    'a package',
    `await import(['ab', 'sent'].join(''));`,
    "Cannot find package 'absent' imported from main.mjs",
  ],
  [
    'a file of its own',
    `import { readFileSync } from 'node:fs'; readFileSync(new URL('views/page.html', import.meta.url));`,
    "ENOENT: no such file or directory, open 'views/page.html'",
  ],
  [
    'native code',
    `import { createRequire } from 'node:module'; import { writeFileSync } from 'node:fs'; writeFileSync('x.node', 'x'); createRequire(import.meta.url)('./x.node');`,
    'ERR_DLOPEN_FAILED',
  ],
])('refuses a service that lacks %s', async (_, code, message) => {
  const refused = start(code);
  await expect(refused).rejects.toThrow('The artefact does not start where there is nothing else:\n');
  await expect(refused).rejects.toThrow(message);
});

it('returns what a service said that ends for a reason of its own', async () => {
  expect(await start(`console.error('Set DATABASE_URL.'); process.exit(1);`)).toBe('Set DATABASE_URL.');
});

it.each([
  // Node shows the line that threw: in a bundle, other messages are on it.
  `const other = 'Dynamic require of'; throw new Error('Set DATABASE_URL.');`,
  `import { readFileSync } from 'node:fs'; readFileSync('/etc/none-of-this-service');`,
])('returns what a service said that throws for a reason of its own: %s', async (code) => {
  expect(await start(code)).toMatch(/Error: (?:Set DATABASE_URL|ENOENT)/);
});
