import type { ProjectGraph, TargetConfiguration } from '@nx/devkit';
import { targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { describe, expect, it } from 'vitest';
import { monitorTarget } from '../inference/root-project.js';
import { skillTargets } from '../inference/targets.js';
import { findMistakes, isPlain } from './check-command.js';
import { type NxCommand, readNxCommand } from './nx-command.js';

function graphOf(projects: Record<string, { root: string; targets: Record<string, TargetConfiguration> }>) {
  const nodes = Object.entries(projects).map(([name, data]) => [name, { name, type: 'app', data }] as const);
  return { nodes: Object.fromEntries(nodes), dependencies: {} } as unknown as ProjectGraph;
}

const skill = (name: string) => ({
  root: `skills/${name}`,
  targets: skillTargets({
    project: name,
    identity: { id: name, appSpec: `${name}.yaml`, dependencies: [] },
    packages: [],
    own: new Set(),
    inputs: ['default'],
    names: targetNamesOf({}),
    options: undefined,
  }),
});
const graph = graphOf({
  'design-tokens': skill('design-tokens'),
  'word-count': skill('word-count'),
  web: { root: 'web', targets: { deploy: { command: 'x' }, lint: { command: 'x' } } },
  '@acme/source': { root: '.', targets: { monitor: monitorTarget() } },
});

function commandOf(line: string): NxCommand {
  const command = readNxCommand(line.split(' '));
  if (!command) throw new Error(`No command: ${line}`);
  return command;
}

const mistakes = (line: string, folder?: string) => findMistakes(commandOf(line), graph, folder).join('\n');

describe('a command line without a mistake', () => {
  it.each([
    'deploy word-count --smokeTest --timeout=60 -c production',
    'deploy word-count --smoke-test=false --platform-url http://127.0.0.1:1 -c production',
    'run word-count:rollback --to=d-1 --pin',
    'run-many -t deploy -p word-count,design-tokens --parallel=2 --verbose',
    'run-many -t deploy -p word*,tag:x --exclude=web',
    'run-many -t deploy -p skills/word-count',
    'run-many -t deploy -p skills/w*',
    'run-many -t deploy -p {shop,word}-count',
    'run-many -t deploy -p !shop*',
    'run-many -t lint,deploy -p web,word-count',
    'run-many -t build,deploy -c production -p word-count',
    'run-many -t e2e',
    'affected -t deploy --base=main --retry',
    'deploy web --whatever=1',
    'worktree word-count --carry=.env,.env.local --sparse',
    'plan word-count --json=plan.json',
    'plan word-count --json',
    'monitor --once --json',
  ])('%s', (line) => {
    expect(mistakes(line, '@acme/source')).toBe('');
  });

  it('may omit the skill in the folder of one', () => {
    expect(mistakes('deploy', 'word-count')).toBe('');
  });

  it('may omit the skill if the folder is unknown', () => {
    expect(mistakes('deploy')).toBe('');
  });
});

describe('an unknown name', () => {
  it.each([
    ['run-many -t depoly', 'No project has a target "depoly". Did you mean "deploy"?'],
    ['run-many -t build,depoly', 'No project has a target "depoly". Did you mean "deploy"?'],
    ['healtcheck word-count', 'No project has a target "healtcheck". Did you mean "healthcheck"?'],
    ['run word-count:plna', 'Did you mean "plan"?'],
    ['run-many -t deploy word-count', '"word-count" is a project, not a target. Write: -p word-count'],
    [
      'run-many -t deploy -p desing-tokens',
      'There is no project "desing-tokens". Did you mean "design-tokens"?',
    ],
    ['run-many -t deploy -p word-count,shop', 'There is no project "shop". See all: npx nx show projects'],
    [
      'affected -t deploy --exclude=word-cuont',
      'There is no project "word-cuont". Did you mean "word-count"?',
    ],
    ['deploy word-count -c', '--configuration has no value: Nx would ignore it.'],
    ['run-many -t deploy -p', '--projects has no value'],
    ['run-many -t deploy --projects= --retry', '--projects has no value'],
    [
      'affected -t deploy -p word-count',
      'nx affected takes no projects. Name them with: npx nx run-many -t deploy -p word-count',
    ],
    ['run-many -t deploy -p shop*', 'No project matches shop*. See all: npx nx show projects'],
    ['run-many -t deploy -p tag:shop,skills/*-shop', 'No project matches tag:shop,skills/*-shop.'],
    ['run-many -t smoke-test -p web', 'web has no target "smoke-test".'],
    [
      'deploy',
      'deploy needs the name of a skill, right after it.\nOne:          npx nx deploy design-tokens',
    ],
    ['deploy --smokeTest word-count', 'deploy needs the name of a skill, right after it.'],
    [
      'deploy word-count web',
      'deploy takes no "web". For several skills: npx nx run-many -t deploy -p word-count,web',
    ],
  ])('nx %s', (line, expected) => {
    expect(mistakes(line, '@acme/source')).toContain(expected);
  });

  it.each([
    'deploy word-count -c prodution',
    'run word-count:deploy:prodution',
    'run-many -t build,deploy --configuration=prodution',
    'affected -t plan -c prodution',
  ])('nx %s would use the local platform', (line) => {
    expect(mistakes(line)).toMatch(
      /^There is no configuration "prodution"\. Did you mean "production"\?\nNothing was run: /,
    );
  });

  it('a configuration that only some of the skills have', () => {
    const staging = skill('word-count');
    staging.targets['deploy'] = { ...staging.targets['deploy'], configurations: { staging: {} } };
    const some = graphOf({ 'word-count': staging, 'design-tokens': skill('design-tokens') });
    const find = (line: string) => findMistakes(commandOf(line), some, undefined);
    expect(find('run-many -t deploy -c staging')).toEqual([
      'There is no configuration "staging". Available: production.',
      'Nothing was run: Nx would use the default instead, the local platform.',
      'Without that configuration: design-tokens:deploy',
    ]);
    expect(find('run-many -t deploy -c staging -p word-count')).toEqual([]);
    expect(find('affected -t deploy -c staging')).toEqual([]);
  });
});

describe('options', () => {
  it.each([
    ['deploy word-count --smokeTst', '--smokeTst: there is no such option. Did you mean --smokeTest?'],
    ['deploy word-count --smoke-tst', '--smoke-tst: there is no such option. Did you mean --smokeTest?'],
    ['deploy word-count --parralel=1', '--parralel: there is no such option. Did you mean --parallel?'],
    ['deploy word-count --constructor', '--constructor: there is no such option.'],
    ['deploy word-count -x', '-x: there is no such option.'],
    ['deploy word-count --timeout=abc', '--timeout: expected an integer from 1 to 86400, got "abc"'],
    ['deploy word-count --timeout', '--timeout: expected an integer from 1 to 86400, got none'],
    ['deploy word-count --timeout=0', '--timeout: expected an integer from 1 to 86400, got 0'],
    ['deploy word-count --smokeTest=yes', '--smokeTest: expected true or false, got "yes"'],
    ['rollback word-count --to', '--to: expected a value, got none'],
    ['run word-count:rollback --to=', '--to: expected a value, got none'],
    ['logs word-count --type=ran', '--type: expected one of build, deploy, run'],
    ['worktree word-count --carry', '--carry: expected comma-separated values, got none'],
    ['validate word-count --fix', '--fix: there is no such option.'],
    ['build word-count --watch', '--watch: there is no such option.'],
    ['serve word-count --prot=80', '--prot: there is no such option. Did you mean --port?'],
    ['run-many -t merge --chekc', '--chekc: there is no such option. Did you mean --check?'],
    ['affected -t healthcheck --timeuot=5', '--timeuot: there is no such option. Did you mean --timeout?'],
    ['monitor --intervall=5', '--intervall: there is no such option. Did you mean --interval?'],
    [
      'smoke-test word-count --max-response-ms=fast',
      '--max-response-ms: expected an integer from 1 to 60000',
    ],
  ])('nx %s', (line, expected) => {
    const said = mistakes(line, '@acme/source');
    expect(said).toContain(`  ${expected}`);
    expect(said).toMatch(/^The options of "[a-z-]+" are wrong:\n/);
    expect(said).toMatch(/See: npx nx run [^ ]+:[a-z-]+ --help$/);
  });

  it('of nx.json are checked too', () => {
    const wrong = skill('word-count');
    wrong.targets['deploy'] = { ...wrong.targets['deploy'], options: { timeout: '600', retrry: true } };
    const said = findMistakes(
      commandOf('deploy word-count --retry'),
      graphOf({ 'word-count': wrong }),
      undefined,
    );
    expect(said).toEqual([
      'The options of "deploy" are wrong:',
      '  --timeout (in nx.json or project.json): expected an integer from 1 to 86400, got "600"',
      '  --retrry (in nx.json or project.json): there is no such option. Did you mean --retry?',
      'See: npx nx run word-count:deploy --help',
    ]);
  });
});

describe('the project graph is not read', () => {
  it.each([
    'deploy word-count',
    'run-many -t deploy',
    'run-many -t lint',
    'affected -t deploy -c production',
  ])('for nx %s', (line) => expect(isPlain(commandOf(line), {})).toBe(true));

  it.each([
    'deploy',
    'run-many -t depoly',
    'run-many -t deploy -p a',
    'deploy a --retry',
    'deploy a -c prod',
  ])('except for nx %s', (line) => expect(isPlain(commandOf(line), {})).toBe(false));

  it('except for options in nx.json', () => {
    const nxJson = { targetDefaults: { '@odoobo/nx-skills:deploy': { options: { timeout: 60 } } } };
    expect(isPlain(commandOf('deploy word-count'), nxJson)).toBe(false);
  });
});
