import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { aliases, nxFlags, nxValues } from './nx-options.js';

const require = createRequire(import.meta.url);
const commandLine = join(dirname(require.resolve('nx/package.json')), 'dist/src/command-line');

interface Declared {
  key: Record<string, unknown>;
  boolean: string[];
  string: string[];
  number: string[];
}

/** The options that the installed Nx declares for a command. */
function declaredBy(path: string, command: string): Declared {
  const yargs = createRequire(join(commandLine, 'x.js'))('yargs') as () => { getOptions(): Declared };
  const object = (require(join(commandLine, path, 'command-object.js')) as Record<string, unknown>)[command];
  const { builder } = object as { builder: (yargs: unknown) => { getOptions(): Declared } };
  return builder(yargs()).getOptions();
}

it.each([
  ['run', 'yargsRunCommand'],
  ['run', 'yargsNxInfixCommand'],
  ['run-many', 'yargsRunManyCommand'],
  ['affected', 'yargsAffectedCommand'],
])('has every option that nx %s consumes itself (%s)', (path, command) => {
  const declared = declaredBy(path, command);
  const known = new Set([...nxValues, ...nxFlags].flatMap((name) => [name, ...(aliases[name] ?? [])]));
  // Nx declares the project as `project` there, and `p` is what run-many calls `projects`.
  expect(Object.keys(declared.key).filter((name) => !known.has(name))).toEqual([]);
  const flags = new Set(nxFlags.flatMap((name) => [name, ...(aliases[name] ?? [])]));
  expect(declared.boolean.filter((name) => !flags.has(name))).toEqual([]);
  expect([...declared.string, ...declared.number].filter((name) => flags.has(name))).toEqual([]);
});
