import { build } from 'esbuild';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const from = import.meta.dirname;
const to = join(from, '../dist/page/public');

// After tsc, which only checks the page's types. The package ships what is bundled here, and nothing that it is made of.
await build({
  absWorkingDir: from,
  entryPoints: [
    { in: 'main.tsx', out: 'page' },
    { in: 'page.css', out: 'page' },
  ],
  outdir: to,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
});
// What is bundled is under the MIT licence, which must accompany it.
const licences = ['preact', 'uplot', 'anser'].map(async (name) => {
  const text = await readFile(new URL('LICENSE', import.meta.resolve(`${name}/package.json`)), 'utf8');
  return `${name}\n\n${text}`;
});
await writeFile(join(to, 'licences.txt'), (await Promise.all(licences)).join('\n'));
for (const file of ['index.html', 'icon.svg']) await copyFile(join(from, file), join(to, file));
