import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../support/committed.js';
import { documentedPages, textOf } from './pages.js';

// Commands of `sh` blocks are run (docs.test.ts). Those that stand elsewhere, in other blocks and in the text, are looked up: what
// they name must be there.

const schemas = readdirSync(join(repository, 'tools/nx-skills/schemas/executors'));
const targets = [...schemas.map((file) => file.replace('.schema.json', '')), 'lint', 'test'];

/** Options as people write them, `--smokeTest` or `--smoke-test`, are one here. */
const reference = inOneForm(textOf('docs/reference.md'));

/** By program. Those of Nx itself are the ones that the pages need. */
const commands: Record<string, readonly string[]> = {
  nx: [...targets, 'add', 'affected', 'daemon', 'g', 'migrate', 'report', 'reset', 'run', 'run-many', 'show'],
  'nx-skills': [...reference.matchAll(/^nx-skills ([a-z]+)/gm)].flatMap(([, name]) => name ?? []),
  'local-platform': [...reference.matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name]) => name ?? []),
};
const optionsOfNx = ['--base', '--help', '--stop', '--verbose', '--with-target', '--graph'];

function inOneForm(text: string): string {
  return text.replace(/--[a-zA-Z-]+/g, (option) =>
    option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );
}

/** The words of each command of a text, as far as it goes. */
function commandsIn(text: string): string[][] {
  const line = /npx ((?:nx|nx-skills|local-platform) [^`|#&;)"\n]*)/g;
  const found = inOneForm(text.replace(/\\\n */g, '')).matchAll(line);
  return [...found].map(([, command = '']) => command.trim().split(/\s+/));
}

/** What is not there, of all that a command names. */
function unknownIn([program = '', name = '', ...rest]: readonly string[]): string[] {
  const options = rest.flatMap((word) => /^--[a-z-]*[a-z]/.exec(word)?.[0] ?? []);
  const asked = ['run-many', 'affected'].includes(name) ? targetsOf(rest) : [];
  return [
    ...[name].filter((one) => /^[a-z-]+$/.test(one) && !commands[program]?.includes(one)),
    ...asked.filter((target) => !targets.includes(target)),
    ...options.filter((option) => !optionsOfNx.includes(option) && !reference.includes(option)),
  ];
}

/** Those behind `-t`, up to the next option. */
function targetsOf(words: readonly string[]): string[] {
  const after = words.slice(words.indexOf('-t') + 1);
  const end = after.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('-'));
  return end === -1 ? after : after.slice(0, end);
}

it.each(await documentedPages())('%s names only commands and options that are there', (page) => {
  const wrong = commandsIn(textOf(page)).filter((command) => unknownIn(command).length > 0);
  expect(wrong.map((command) => [command.join(' '), ...unknownIn(command)])).toEqual([]);
});
