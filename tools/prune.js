import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

// Neither tsc nor transpile.js deletes the output of deleted sources, and npm would pack it.
const endings = ['.js', '.js.map', '.d.ts', '.d.ts.map'];
const bundles = /^(bundled|page\/public)\//;

for (const name of await readdir(import.meta.dirname)) {
  const [dist, src] = ['dist', 'src'].map((folder) => join(import.meta.dirname, name, folder));
  if (!existsSync(dist)) continue;
  const compiled = (await readdir(dist, { recursive: true })).filter((file) => !bundles.test(file));
  const modules = new Set(compiled.flatMap((file) => /^(.*?)(\.js|\.d\.ts)$/.exec(file)?.[1] ?? []));
  for (const module of modules) {
    if (['.ts', '.tsx'].some((ending) => existsSync(join(src, module + ending)))) continue;
    await Promise.all(endings.map((ending) => rm(join(dist, module + ending), { force: true })));
  }
}
