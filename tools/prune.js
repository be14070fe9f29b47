import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

// After tsc, which leaves what it compiled from sources that are gone: it would be packed. What has declarations is from tsc.
const endings = ['.js', '.js.map', '.d.ts', '.d.ts.map'];

for (const name of await readdir(import.meta.dirname)) {
  const [dist, src] = ['dist', 'src'].map((folder) => join(import.meta.dirname, name, folder));
  if (!existsSync(dist)) continue;
  const compiled = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.d.ts'));
  for (const module of compiled.map((file) => file.slice(0, -'.d.ts'.length))) {
    if (['.ts', '.tsx'].some((ending) => existsSync(join(src, module + ending)))) continue;
    await Promise.all(endings.map((ending) => rm(join(dist, module + ending), { force: true })));
  }
}
