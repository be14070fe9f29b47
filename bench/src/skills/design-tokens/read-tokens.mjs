// Reads files of design tokens with Terrazzo and Style Dictionary, as their users do.
// Arguments: the folder with the packages, the name of Style Dictionary's, and the files. Prints {file: {terrazzo, styleDictionary}}.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, dictionary, ...files] = process.argv.slice(2);
const { resolve } = createRequire(join(folder, 'package.json'));
const load = async (name, file) => await import(pathToFileURL(file ?? resolve(name)).href);
const { defineConfig, parse } = await load(
  '@terrazzo/parser',
  join(folder, 'node_modules/@terrazzo/parser/dist/index.js'),
);
const { default: StyleDictionary } = await load(
  dictionary,
  join(folder, 'node_modules', dictionary, 'lib/StyleDictionary.js'),
);

/** Terrazzo's rules on the values of the format are its errors; its advice on names goes to standard error. */
async function terrazzo(text) {
  const config = defineConfig({}, { cwd: pathToFileURL(`${folder}/`) });
  const { tokens } = await parse([{ filename: pathToFileURL(join(folder, 'tokens.json')), src: text }], {
    config,
  });
  return Object.keys(tokens).length;
}

async function styleDictionary(text) {
  const files = [{ destination: 'tokens.css', format: 'css/variables' }];
  const platforms = { css: { transformGroup: 'css', files } };
  const log = { verbosity: 'silent', warnings: 'disabled' };
  const [{ output }] = await new StyleDictionary({
    tokens: JSON.parse(text),
    usesDtcg: true,
    log,
    platforms,
  }).formatPlatform('css');
  return output.split('\n').filter((line) => /^\s+--/.test(line)).length;
}

const attempt = (read, text) =>
  read(text).catch((error) => `fails: ${String(error.message).split('\n')[0].slice(0, 80)}`);
const found = {};
for (const file of files) {
  const text = await readFile(file, 'utf8');
  found[file] = {
    terrazzo: await attempt(terrazzo, text),
    styleDictionary: await attempt(styleDictionary, text),
  };
}
process.stdout.write(JSON.stringify(found));
