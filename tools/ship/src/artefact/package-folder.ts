import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** The folders `.prisma/client` and `@acme/rows` have two parts. */
const folderForm = /^.*[\\/]node_modules[\\/]((?:[@.][^\\/]+[\\/])?[^\\/]+)/;

/** The folder of the installed package that a file belongs to; undefined for a file of the workspace itself. */
export function packageFolderOf(file: string): string | undefined {
  return folderForm.exec(file)?.[0];
}

/** The name by which code imports the package of a folder. */
export function packageNameOf(folder: string): string {
  return folderForm.exec(folder)?.[1]?.replaceAll('\\', '/') ?? folder;
}

/** The package.json of a folder; undefined where none can be read, as in the folders of code generators. */
export function readPackageJson(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether Node takes a file for an ES module: https://nodejs.org/api/packages.html#determining-module-system */
export function isEsModule(file: string): boolean {
  if (extname(file) !== '.js') return extname(file) === '.mjs';
  const root = packageFolderOf(file) ?? dirname(file);
  for (let folder = dirname(file); folder.length >= root.length; folder = dirname(folder)) {
    const found = readPackageJson(folder);
    if (typeof found === 'object' && found !== null) return 'type' in found && found.type === 'module';
  }
  return false;
}
