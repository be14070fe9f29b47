// Times Project Wallace's css_to_tokens on a style sheet. Arguments: the folder with the package, the file. Prints {times, tokens}.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, file] = process.argv.slice(2);
// The package asks for Node 22, and uses this one method of it.
Set.prototype.union ??= function union(other) {
  return new Set([...this, ...other]);
};
const entry = join(folder, 'node_modules/@projectwallace/css-design-tokens/dist/css-design-tokens.js');
const { css_to_tokens: toTokens } = await import(pathToFileURL(entry).href);
const css = await readFile(file, 'utf8');
const times = [];
let count = 0;
for (let round = 0; round < 3; round++) {
  const since = performance.now();
  const groups = Object.values(toTokens(css));
  times.push(performance.now() - since);
  count = groups.flatMap((group) => Object.values(group)).filter((token) => token.$type !== undefined).length;
}
process.stdout.write(JSON.stringify({ times, tokens: count }));
