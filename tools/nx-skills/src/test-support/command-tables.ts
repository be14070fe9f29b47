import { execa } from 'execa';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { jsonSchemas } from '../schema/json-schemas.js';
import { repository } from './pages.js';

const schemaOf = z.object({
  properties: z
    .record(z.string(), z.object({ type: z.unknown(), enum: z.array(z.unknown()).optional() }).loose())
    .default({}),
});
export type OptionSchemas = z.infer<typeof schemaOf>['properties'];

/** What commands there are, from where they are defined. */
export interface CommandTables {
  /** Options of each target of a skill and of the root. */
  targets: Map<string, OptionSchemas>;
  generators: Map<string, OptionSchemas>;
  /** Options that Nx takes itself where it runs targets: `--parallel`, `-p`. */
  nxOptions: Set<string>;
  /** By program: its commands and their options, as its help tells them. */
  programs: Map<string, Map<string, Set<string>>>;
  /** What `npx` finds without asking a registry. */
  installed: Set<string>;
  /** Of the root's package.json. */
  scripts: Set<string>;
}

/** Targets that other plugins infer. */
const others = ['lint', 'test', 'typecheck'];

export async function readTables(): Promise<CommandTables> {
  const schemas = [...jsonSchemas()].map(
    ([path, schema]) => [path, schemaOf.parse(schema).properties] as const,
  );
  const inFolder = (folder: string) =>
    schemas.flatMap(([path, options]): [string, OptionSchemas][] => {
      const name = new RegExp(`^schemas/${folder}/(.+)\\.schema\\.json$`).exec(path)?.[1];
      return name === undefined ? [] : [[name, options]];
    });
  const manifest = await readFile(join(repository, 'package.json'), 'utf8');
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(manifest));
  const [skills, platform, nxOptions] = await Promise.all([
    helpOf('tools/nx-skills/bin/nx-skills.js'),
    helpOf('tools/local-platform/bin/local-platform.js'),
    nxOwnOptions(),
  ]);
  return {
    targets: new Map([
      ...inFolder('executors'),
      ...others.map((name): [string, OptionSchemas] => [name, {}]),
    ]),
    generators: new Map(inFolder('generators')),
    nxOptions,
    programs: new Map([
      ['nx-skills', optionsByCommand(skills)],
      ['local-platform', optionsByCommand(platform)],
    ]),
    installed: new Set(await readdir(join(repository, 'node_modules/.bin'))),
    scripts: new Set(Object.keys(scripts)),
  };
}

async function helpOf(program: string): Promise<string> {
  return (await execa(process.execPath, [join(repository, program), '--help'])).stdout;
}

/** A command begins a line, alone or after the name of its program; the options after it, up to the next, are its own. */
function optionsByCommand(help: string): Map<string, Set<string>> {
  const commands = new Map<string, Set<string>>();
  let current = new Set<string>();
  for (const line of help.split('\n')) {
    const [, command] = /^(?:nx-skills | {2})([a-z]+)\b/.exec(line) ?? [];
    if (command !== undefined) commands.set(command, (current = new Set()));
    for (const [option] of line.matchAll(/(?<![\w-])--?[a-zA-Z][\w-]*/g)) current.add(option);
    if (line.includes('of Nx')) current.add('*');
  }
  return commands;
}

/** From the file that Nx's own command line is built of: to start Nx for its help takes a second each. */
async function nxOwnOptions(): Promise<Set<string>> {
  const folder = join(repository, 'node_modules/nx/dist/src/command-line/yargs-utils');
  const text = await readFile(join(folder, 'shared-options.js'), 'utf8');
  const names = [...text.matchAll(/\.options?\(\s*'([\w-]+)'/g)].map(([, name = '']) => name);
  const aliases = [...text.matchAll(/alias: (\[[^\]]+\]|'[^']+')/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name),
  );
  return new Set([...names, ...aliases, 'help']);
}
