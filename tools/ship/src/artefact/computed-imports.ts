import { readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** Only one end of the path is computed; the folder is written there: `./routes/${name}.js`, `'./routes/' + name`. */
const template = /\b(import|require)\(\s*`(\.{1,2}\/[^`$]*\$\{[^`]*)`\s*\)/g;
const sum =
  /\b(import|require)\(\s*(['"])(\.{1,2}\/[^'"]*\/)\2\s*\+\s*([\w$.[\]]+)(?:\s*\+\s*(['"])([^'"]*)\5)?\s*\)/g;

/**
 * Gives computed imports the extensions that the files have, because the bundler looks for the path as it is written: it knows neither
 * that `.js` may stand for TypeScript, nor that `require` finds a file without its extension.
 */
export function withExtensions(file: string, text: string): string {
  if (!/\b(?:import|require)\(\s*(?:`|['"]\.{1,2}\/[^'"]*\/['"]\s*\+)/.test(text)) return text;
  return text
    .replace(template, (_, call: string, path: string) => extended(file, call, path))
    .replace(sum, (_, call: string, _quote: string, start: string, name: string, _end?: string, end = '') =>
      extended(file, call, `${start}\${${name}}${end}`),
    );
}

function extended(file: string, call: string, path: string): string {
  const start = path.slice(0, path.indexOf('${'));
  const known = extensionsIn(join(dirname(file), start.slice(0, start.lastIndexOf('/'))));
  const written = /\.([cm]?)js$/.exec(path);
  if (written !== null) {
    const compiled = `.${written[1]}ts`;
    const isSource = !known.has(written[0]) && known.has(compiled);
    return `${call}(\`${isSource ? path.slice(0, -written[0].length) + compiled : path}\`)`;
  }
  const added = ['.js', '.ts', '.cjs', '.mjs', '.cts', '.mts'].find((one) => known.has(one));
  if (!path.endsWith('}') || added === undefined) return `${call}(\`${path}\`)`;
  return `(/\\.\\w+$/.test(\`${path}\`)?${call}(\`${path}\`):${call}(\`${path}${added}\`))`;
}

function extensionsIn(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder).map((name) => extname(name)));
  } catch {
    // A folder that is not there: the bundler says so.
    return new Set();
  }
}
