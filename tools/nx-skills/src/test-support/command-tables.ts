import type { Command, Option } from '@odoobo/local-platform/command-line';
import { odooboProgram } from '@odoobo/ship/cli/program';
import { repository } from '@odoobo/ship/test-support/pages';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { nxSkillsProgram } from '../cli/program.js';
import { jsonSchemas } from '../reference/schema-files.js';

const schemaOf = z.object({
  properties: z
    .record(
      z.string(),
      z.object({ type: z.unknown().optional(), enum: z.array(z.unknown()).optional() }).loose(),
    )
    .default({}),
});
export type OptionSchemas = z.infer<typeof schemaOf>['properties'];

/** The available commands, from their definitions. */
export interface CommandTables {
  /** Options of each target of a skill and of the root. */
  targets: Map<string, OptionSchemas>;
  generators: Map<string, OptionSchemas>;
  /** Options that Nx itself reads when it runs targets: `--parallel`, `-p`. */
  nxOptions: Set<string>;
  /** The commands of each program, with their options. */
  programs: Map<string, Map<string, Set<string>>>;
  /** The commands that `npx` finds without asking a registry. */
  installed: Set<string>;
  /** The scripts of the root's package.json. */
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
  return {
    targets: new Map([
      ...inFolder('executors'),
      ...others.map((name): [string, OptionSchemas] => [name, {}]),
    ]),
    generators: new Map(inFolder('generators')),
    nxOptions: await nxOwnOptions(),
    programs: new Map([
      ['nx-skills', optionsByCommand(nxSkillsProgram())],
      ['odoobo', optionsByCommand(odooboProgram())],
      ['local-platform', optionsByCommand(await localPlatform())],
    ]),
    installed: new Set(await readdir(join(repository, 'node_modules/.bin'))),
    scripts: new Set(Object.keys(scripts)),
  };
}

/** The commands of a program, with their options and those of the program. A command that passes on unknown options has `*`. */
function optionsByCommand({ commands, options }: Command): Map<string, Set<string>> {
  const flagsOf = (all: readonly Option[]) =>
    all.flatMap(({ long, short }) => [long, short].filter((flag) => typeof flag === 'string'));
  const entries = commands.map((command): [string, Set<string>] => {
    const handsOn = command.helpInformation().includes('options of Nx') ? ['*'] : [];
    return [command.name(), new Set([...flagsOf(command.options), ...flagsOf(options), ...handsOn])];
  });
  return new Map([...entries, ['help', new Set()]]);
}

/** Loaded from the compiled package, which does not export it. */
async function localPlatform(): Promise<Command> {
  const file = pathToFileURL(join(repository, 'tools/local-platform/dist/cli/program.js')).href;
  const { localPlatformProgram } = (await import(file)) as { localPlatformProgram: () => Command };
  return localPlatformProgram();
}

/** From the file that Nx's own command line is built from: starting Nx for its help takes a second each. */
async function nxOwnOptions(): Promise<Set<string>> {
  const folder = join(repository, 'node_modules/nx/dist/src/command-line/yargs-utils');
  const text = await readFile(join(folder, 'shared-options.js'), 'utf8');
  const names = [...text.matchAll(/\.options?\(\s*'([\w-]+)'/g)].map(([, name = '']) => name);
  const aliases = [...text.matchAll(/alias: (\[[^\]]+\]|'[^']+')/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name),
  );
  return new Set([...names, ...aliases, 'help']);
}
