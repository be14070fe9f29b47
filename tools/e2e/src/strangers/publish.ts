import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../support/committed.js';
import { packagesHere } from '../support/packages.js';
import type { PackageRegistry } from '../support/registry.js';

type Manifest = Record<string, unknown> & { dependencies?: Record<string, string> };

/**
 * Publishes what `npm publish` would, but as another version: package managers keep a version that they have seen, whatever a
 * registry has under it later.
 */
export async function publishAll(registry: PackageRegistry, version: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'published-'));
  try {
    for (const { folder: source } of (await packagesHere()).published) {
      const packing = ['pack', join(repository, source), '--silent', '--pack-destination', folder];
      const { stdout } = await execa('npm', packing);
      await execa('tar', ['-xzf', stdout.trim().split('\n').at(-1) ?? ''], { cwd: folder });
      const unpacked = join(folder, 'package');
      await setVersion(join(unpacked, 'package.json'), version);
      await writeFile(join(unpacked, '.npmrc'), registry.npmrc);
      await execa('npm', ['publish', '--ignore-scripts'], { cwd: unpacked });
      await rm(unpacked, { recursive: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function setVersion(file: string, version: string): Promise<void> {
  const { scripts: _, ...manifest } = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  const dependencies = { ...manifest.dependencies };
  for (const name of Object.keys(dependencies)) if (name.startsWith('@odoobo/')) dependencies[name] = version;
  await writeFile(file, JSON.stringify({ ...manifest, version, dependencies }));
}

/** A version that no cache knows. */
export function unseenVersion(minor = '0.1'): string {
  return `${minor}.${Math.floor(Date.now() / 1_000)}`;
}
