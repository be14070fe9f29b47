import { mapRepository, type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePrograms } from './docs/programs.js';
import { scriptOf, type ShBlock, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { copyCommitted, repository } from './support/committed.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

// Runs every command of the documentation as a reader does: each page from top to bottom in one shell, in a repository with the
// skills of this one and a bare origin. App Platform's stand-in is a second local platform, which builds the pushed commits.

const guide = 'docs/PARALLEL_DEPLOYMENT.md';

/** In the order in which they are run: each page uses the results of those before it. */
const pages = [
  guide,
  'README.md',
  'docs/plan.md',
  'docs/ci.md',
  'docs/delivery-figures.md',
  'docs/local-platform.md',
];
/**
 * Run by tests of their own: adopt.test.ts, without-nx.nightly.test.ts, rollout.nightly.test.ts, placements-guide.nightly.test.ts,
 * audit.nightly.test.ts, metrics.nightly.test.ts with the exporter's own test, and those of traces.
 */
const pagesElsewhere = [
  'docs/adopting.md',
  'docs/without-nx.md',
  'docs/rollouts.md',
  'docs/placements-guide.md',
  'docs/audit.md',
  'docs/metrics.md',
  'docs/tracing.md',
];

/** Commands that are not run here, and why. */
const notRun: readonly (readonly [RegExp, string])[] = [
  [
    /^npm (ci|test|run)\b/,
    'of this repository itself, and run by its CI: here all is installed and compiled',
  ],
  [/--recorded|--leaveWaiting/, 'of a rollout in production; ci-rollout.nightly.test.ts runs these steps'],
  [/^npx nx-skills comment\b/, 'writes to GitHub; its own test has a server in its place'],
];

const workflow = await readFile(join(repository, '.github/workflows/deploy-skills-parallel.yml'), 'utf8');
const steps = workflow
  .split('\n')
  .map((line) => line.replace(/^\s*(run: |\w+=\$\()?/, '').replace(/\)$/, ''));

/** ci.test.ts runs the steps of the workflow. */
function isStep(line: string): boolean {
  return steps.includes(line.replace(/ +#.*/, ''));
}

const blocks = new Map<string, ShBlock[]>();
for (const page of pages) blocks.set(page, await shBlocksOf(repository, page));

let folder: string;
let workspace: Workspace;
let cloud: Platform;
let variables: Record<string, string>;
let session: ShellSession;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'docs-')));
  workspace = await Workspace.create({});
  await copyCommitted(['skills', 'infra', 'tsconfig.base.json'], workspace.root);
  await workspace.write(
    '.gitignore',
    `${await workspace.read('.gitignore')}.local-platform\nreports\nplan.*\npreviews.md\n`,
  );
  await workspace.commit('skills');
  await workspace.git('config', 'user.name', 'Test');
  await workspace.git('config', 'user.email', 'test@example.invalid');
  const origin = join(folder, 'acme/skills.git');
  await workspace.git('clone', '-q', '--bare', workspace.root, origin);
  await workspace.git('remote', 'add', 'origin', origin);
  cloud = await startPlatform({ directory: join(folder, 'cloud') });
  await mapRepository(join(folder, 'cloud'), 'acme/skills', origin);
  variables = {
    PATH: `${await writePrograms(folder)}:${process.env['PATH']}`,
    GITHUB_REPOSITORY: 'acme/skills',
    DIGITALOCEAN_ACCESS_TOKEN: cloud.token,
    DIGITALOCEAN_API_URL: cloud.url,
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
  };
});
afterAll(async () => {
  await cloud.close();
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a block after those before it on its page. @returns what it prints */
async function run(block: ShBlock): Promise<string> {
  const isRun = (line: string) => !isStep(line) && !notRun.some(([command]) => command.test(line));
  const script = scriptOf(block, isRun);
  const { exitCode, output } = await session.run(script);
  expect(exitCode, output).toBe(0);
  return output;
}

async function health(skill: string): Promise<{ version: string; digest: string }> {
  const { url = '' } = await workspace.status(skill);
  return (await (await fetch(`${url}/health`)).json()) as { version: string; digest: string };
}

async function versions(): Promise<Record<string, string>> {
  const skills = await readdir(join(workspace.root, 'skills'));
  const versions = skills.map(async (skill) => [skill, (await health(skill)).version] as const);
  return Object.fromEntries(await Promise.all(versions));
}

async function git(...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: workspace.root })).stdout;
}

/** App Platform would install and build the whole repository; here the bundle is committed, and nothing has to be installed. */
async function commitBundle(skill: string): Promise<void> {
  await cp(join(workspace.root, `skills/${skill}/dist/bundle`), join(workspace.root, `released/${skill}`), {
    recursive: true,
  });
  const file = `infra/do-gradient/${skill}/app-spec.yaml`;
  const spec = (await workspace.read(file)).replace(/^ *build_command: .*\n/m, '');
  await workspace.write(file, spec.replace(`skills/${skill}/dist/bundle`, `released/${skill}`));
  await workspace.write('package.json', '{ "name": "workspace", "private": true, "type": "module" }\n');
  await workspace.commit('Release its bundle');
}

/** Variables that a reader of a page, or CI, has set. */
const ofPage: Record<string, Record<string, string>> = {
  [guide]: { NX_BASE: 'HEAD~2' },
  'docs/ci.md': { PROJECTS: 'word-count', SKILLS: 'word-count', PULL_REQUEST: '1' },
};

/** What a test does after the earlier blocks and before the block below that heading. */
const before: Record<string, () => Promise<void>> = {
  'Configure App Platform': () => commitBundle('word-count'),
  'Previews of pull requests': () => workspace.commit('Workflow'),
};

/** What a block must have done, besides its exit code: which versions serve, and which commits are on main. */
const after: Record<string, (output: string) => Promise<void>> = {
  'Deploy everything for the first time': async () => {
    for (const version of Object.values(await versions())) expect(version).toBe('0.1.0');
  },
  'Update a skill': async (output) => {
    expect(output).toContain('1 skill: 1 updated.');
    const { 'design-tokens': updated, ...others } = await versions();
    expect(updated).toBe('0.1.1');
    for (const version of Object.values(others)) expect(version).toBe('0.1.0');
  },
  'A version that does not start': async (output) => {
    expect(output).toContain('broken on purpose');
    expect(output).toMatch(/Deployment \S+ keeps serving\./);
    expect((await health('design-tokens')).version).toBe('0.1.1');
  },
  'A version that starts but misbehaves': async (output) => {
    expect(output).toMatch(/reason: SmokeTestFailed[\s\S]*Rolled back to \S+, as deployment \S+/);
    expect((await health('design-tokens')).version).toBe('0.1.1');
  },
  'Roll back manually': async () => {
    expect((await health('design-tokens')).version).toBe('0.1.0');
    expect(await git('status', '--porcelain')).toBe('');
  },
  'Deploy them in parallel, and merge what is live': async (output) => {
    expect(output).toContain('are already up to date.');
    const landed = ['design-tokens', 'visual-diff'];
    for (const skill of landed) {
      expect((await health(skill)).version).toBe('0.2.0');
      const { deployment, digest } = await workspace.status(skill);
      const trailers = await git('log', '-1', '--format=%(trailers)', `--grep=^Skill: ${skill}$`, 'main');
      expect(trailers).toContain(`Deployment: ${deployment}`);
      expect(trailers).toContain(`Digest: ${digest}`);
      expect(existsSync(`${workspace.root}-worktrees/${skill}`)).toBe(false);
    }
    expect(await git('branch', '--list', 'skill/*')).toBe('');
    expect(await git('status', '--porcelain')).toBe('');
    expect(await git('ls-remote', 'origin', 'refs/heads/main')).toContain(await git('rev-parse', 'main'));
  },
  'Configure App Platform': async (output) => {
    expect(output).toMatch(/1 to create[\s\S]*1 skill: 1 created\./);
    expect(cloud.requests.filter((call) => !call.startsWith('GET'))).toContain('POST /v2/apps');
    expect((await health('word-count')).version).toBe('0.1.0');
  },
};

describe.each(pages)('%s', (page) => {
  beforeAll(async () => {
    const env = { ...outerEnvironment(), ...workspace.env, ...variables, ...ofPage[page] };
    session = await ShellSession.open(workspace.root, env);
  });
  afterAll(() => session.close());

  it.each(blocks.get(page)?.map((block) => [block.heading, block] as const) ?? [])(
    '%s',
    async (heading, block) => {
      await before[heading]?.();
      const output = await run(block);
      await after[heading]?.(output);
    },
  );

  it('leaves a reader where they were, with nothing that still runs in their shell, and no worktree', async () => {
    expect((await session.run('pwd; jobs')).output.trim()).toBe(workspace.root);
    expect(await git('worktree', 'list')).toMatch(/^[^\n]+\[main\]$/);
    expect(await git('remote', '-v')).toMatch(
      /^origin\t\S+acme\/skills\.git \(fetch\)\norigin\t\S+ \(push\)$/,
    );
  });
});

describe('this list', () => {
  it('has every page with commands, except decisions and benchmark results', async () => {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', 'README.md', 'docs'];
    const all = (await execa('git', args, { cwd: repository })).stdout.split('\n');
    const documents = all.filter((file) => file.endsWith('.md') && !file.startsWith('docs/decisions/'));
    const found = await Promise.all(documents.map((file) => shBlocksOf(repository, file)));
    const withCommands = found.flatMap(([first]) => first?.page ?? []);
    expect(withCommands.sort()).toEqual([...pages, ...pagesElsewhere].sort());
  });

  it('leaves out the steps of the workflow on the page about CI, and nothing else of them', () => {
    const lines = [...blocks.values()]
      .flat()
      .flatMap(({ page, lines }) => lines.map(({ text }) => [page, text]));
    const left = lines.filter(([, text]) => isStep(text ?? '') && text !== '');
    expect(new Set(left.map(([page]) => page))).toEqual(new Set(['docs/ci.md']));
    expect(left.length).toBeGreaterThan(10);
  });

  it.each(notRun)('leaves out %s for a reason that still holds', (command) => {
    const lines = [...blocks.values()].flat().flatMap((block) => block.lines);
    expect(lines.some(({ text }) => command.test(text))).toBe(true);
  });
});
