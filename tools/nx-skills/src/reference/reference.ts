import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { pluginOptionsSchema } from '@odoobo/ship/notifications/webhook';
import { placementsFileSchema } from '@odoobo/ship/placement/placements-file';
import { recordSchema } from '@odoobo/ship/records/record';
import { statusSchema } from '@odoobo/ship/records/status';
import { kept } from '@odoobo/ship/records/workspace-folders';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fieldsOf, jsonSchemaOf, variantsOf } from './json-schema.js';
import { code, fieldTable, table } from './markdown.js';
import { generatorSections, targetSections } from './targets.js';
import { variables } from './variables.js';

const { resolve } = createRequire(import.meta.url);

/** The page `docs/reference.md` before formatting. Schemas provide what they can; the rest is written next to its code. */
export function reference(): string {
  return `# Reference

<!-- Made by: npm run schemas -->

Every target, option, file, variable, command and exit code. How to use them: [the guide](PARALLEL_DEPLOYMENT.md).

## Targets

\`npx nx <target> <skill>\`, \`npx nx run-many -t <target> [-p a,b]\` or \`npx nx affected -t <target>\`. An option may be written
\`--platformUrl\` or \`--platform-url\`; in \`nx.json\`, \`targetDefaults\` sets it for all.

A command line with an unknown name is refused before anything runs, with a suggestion: a target (\`depoly\`), a
skill of \`-p\` or \`--exclude\`, a configuration (\`-c prodution\`), an option or its value. Nx itself would ignore the first three
silently. Two things are Nx's own: \`npx nx deploy <unknown>\` is "Cannot find project", and a target that is like none of these and
that no project has is "No tasks were run", with exit code 0.

${targetSections().join('\n\n')}

## Generators

${generatorSections().join('\n\n')}

## Commands

${commandHelp('@odoobo/nx-skills')}

${commandHelp('@odoobo/local-platform')}

### Completion

With Tab, a shell completes commands, options, and names of skills and apps. In \`~/.bashrc\`, or \`~/.zshrc\` with \`zsh\` in place of
\`bash\`:

\`\`\`
alias nx-skills='npx nx-skills' local-platform='npx local-platform'
eval "$(npx nx-skills complete bash)"
eval "$(npx local-platform complete bash)"
\`\`\`

In fish: \`npx nx-skills complete fish | source\`.

## Exit codes

${table(
  ['command', 'code', 'meaning'],
  exitCodes.map(([command, status, meaning]) => [code(command), status, meaning]),
)}

## Files that are read

### \`skills/<name>/skill.json\`

Its JSON Schema is \`schemas/skill.schema.json\` of this package.

${manifestTable()}

### \`infra/do-gradient/<name>/app-spec.yaml\`

App Platform's [App Spec](https://docs.digitalocean.com/products/app-platform/reference/app-spec/), with all its fields; a field
that it does not have is an error. Beyond it:

${table(['in it', 'what happens to it'], placeholders)}

### \`infra/do-gradient/placements.yaml\`, \`infra/do-gradient/<name>/placements.yaml\`

[Where else](placements.md) all skills, or one, are deployed. Its JSON Schema is \`schemas/placements.schema.json\` of this package.

${placementsTable()}

### \`nx.json\`

The options of the plugin: \`{"plugins": [{"plugin": "@odoobo/nx-skills", "options": {...}}]}\`.

${pluginOptionsTable()}

## Files that are written

All are ignored by git. Worktrees have none of their own: they write those of the main checkout.

${table(
  ['path', 'what it holds'],
  Object.values(kept).map(({ path, holds }) => [code(path), holds]),
)}

### \`WORKTREE_STATUS.json\`

Replaced atomically after each event. A field that does not apply is absent.

${statusTable()}

### \`WORKTREE_STATUS.journal.jsonl\`

One object per line; lines are only appended. All have \`type\`, \`at\` (a time) and \`run\`, the name of the run, and \`chain\`: [which entries it continues](audit.md#can-i-believe-the-record).

${journalTable()}

## Variables of the environment

${table(
  ['variable', 'read by', 'what it is'],
  variables.map(({ name, readBy, about }) => [code(name), readBy, about]),
)}
`;
}

const exitCodes = [
  ['nx', '0', 'every task succeeded; for `deploy`: all skills are live and healthy'],
  ['nx', '1', 'a task failed, or the command line has an unknown name'],
  ['nx', '130', 'interrupted; also if a task was not run because a task that it needs failed'],
  ['nx-skills', '0', 'success, or help was printed'],
  ['nx-skills', '1', 'failure; for `monitor --once`: a skill is unhealthy, or its last deployment failed'],
  ['nx-skills', '2', 'usage error: an unknown command, option or value'],
  ['nx-skills plan --fail-on-change', '2', 'deploy would create or update; a usage error is 1 here'],
  ['nx-skills plan', '130, 143', 'interrupted, or terminated'],
  ['local-platform', '0', 'success, or help was printed'],
  ['local-platform', '1', 'failure; for `status`: no server runs'],
  ['local-platform', '2', 'usage error: an unknown command, option or value'],
] as const;

const placeholders: readonly (readonly string[])[] = [
  [
    '`${NAME}` in the value of a variable, in the repository or branch of a source, in credentials',
    'is taken from the environment. Locally, a missing variable is left out with a warning; in production, all missing ones are reported before the first call',
  ],
  ['a variable of type `SECRET` without a value', 'is `${KEY}`: its own name'],
  ['`$${NAME}`', 'is a literal `${NAME}`: in front of a name, two dollars are one'],
  [
    'a secret or credential in clear text',
    'is an error of `validate`, `plan` and `deploy`: write `${NAME}` and set it in the environment',
  ],
  ['`EV[1:...]`', 'is sent as it is: the platform has encrypted it'],
  [
    '`${APP_URL}`, `${APP_DOMAIN}`, `${APP_ID}`, and every name with a dot, such as `${_self.PUBLIC_URL}`',
    'is left to the platform',
  ],
  [
    'the source of a service, worker or job',
    'locally the artefact takes its place; in production it is what is deployed',
  ],
  ['`SKILL_DIGEST`', 'is added to each component: the digest of the artefact'],
  [
    '`OTEL_RESOURCE_ATTRIBUTES`',
    'is set for each component that has an `OTEL_EXPORTER_OTLP_ENDPOINT`: skill, version, artefact, environment',
  ],
];

/** The help of a package's command line and of each of its commands. */
function commandHelp(packageName: string): string {
  const manifest = resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> };
  const [path = ''] = Object.values(bin);
  const help = (...args: string[]) =>
    execFileSync(process.execPath, [join(dirname(manifest), path), ...args, '--help'], {
      encoding: 'utf8',
    }).trimEnd();
  const all = help();
  const [, commands = ''] = all.split('\nCommands:\n');
  const names = [...commands.matchAll(/^ {2}(\w+)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : name,
  );
  return [all, ...names.map((name) => help(name))].map((text) => `\`\`\`\n${text}\n\`\`\``).join('\n\n');
}

/** `skill.json`. */
function manifestTable(): string {
  return fieldTable('field', fieldsOf(jsonSchemaOf(skillManifestSchema)));
}

/** `placements.yaml`. */
function placementsTable(): string {
  return fieldTable('field', fieldsOf(jsonSchemaOf(placementsFileSchema)));
}

/** The options of the plugin in `nx.json`. */
function pluginOptionsTable(): string {
  return fieldTable('option', fieldsOf(jsonSchemaOf(pluginOptionsSchema)));
}

/** `WORKTREE_STATUS.json`. */
function statusTable(): string {
  const fields = fieldsOf(jsonSchemaOf(statusSchema));
  const named = fields.map((field) => ({
    ...field,
    // All fields are optional, or present whenever their parent is.
    required: false,
    name: field.name.replace('<name>', '<skill>'),
  }));
  return fieldTable('field', named);
}

/** The journal: the meaning of each type of line, and its fields besides `at`. */
function journalTable(): string {
  const rows = variantsOf(jsonSchemaOf(recordSchema)).map((variant) => {
    const { type, at: _at, run: _run, ...fields } = variant.properties ?? {};
    const names = Object.keys(fields).map(code).join(', ');
    return [code(String(type?.const)), variant.description ?? '', names];
  });
  return table(['`type`', 'what has happened', 'fields'], rows);
}
