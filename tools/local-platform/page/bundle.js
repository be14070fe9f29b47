import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

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
for (const file of ['index.html', 'icon.svg']) await copyFile(join(from, file), join(to, file));
