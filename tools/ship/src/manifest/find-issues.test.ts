import { describeFileIssue } from '@odoobo/app-platform/spec';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { findIssues, findWarnings } from './find-issues.js';

const goodManifest = {
  id: 'echo',
  version: '1.0.0',
  description: 'Echoes.',
  runtime: 'node',
  entry: 'src/main.ts',
};
const goodSpec = `
name: echo
services:
  - name: echo
    github: { repo: acme/echo, branch: main }
    health_check: { http_path: /health }
`;

interface Files {
  manifest?: object | string;
  spec?: string | undefined;
  entry?: boolean;
}

const appSpec = 'infra/do-gradient/echo/app-spec.yaml';

/** The workspace of the last call of `issuesOf`. */
let root: string;

async function issuesOf({
  manifest = goodManifest,
  spec = goodSpec,
  entry = true,
}: Files): Promise<string[]> {
  root = await tempDirectory();
  await mkdir(join(root, 'skills/echo/src'), { recursive: true });
  await mkdir(join(root, 'infra/do-gradient/echo'), { recursive: true });
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  await writeFile(join(root, 'skills/echo/skill.json'), text);
  await writeFile(join(root, 'infra/do-gradient/echo/app-spec.yaml'), spec);
  if (entry) await writeFile(join(root, 'skills/echo/src/main.ts'), '');
  return issues();
}

async function issues(): Promise<string[]> {
  const skills = ['echo', 'other'].map((skill) => ({ skill, skillRoot: `skills/${skill}` }));
  return (await findIssues(root, 'skills/echo', skills)).map(describeFileIssue);
}

it('finds no issue in a valid skill', async () => {
  expect(await issuesOf({ manifest: { ...goodManifest, dependencies: ['other'] } })).toEqual([]);
});

it('reports every error of the manifest, with file and path', async () => {
  const issues = await issuesOf({
    manifest: { ...goodManifest, version: '1', runtime: 'cobol', extra: true, entry: '../x' },
  });
  expect(issues).toEqual([
    'skills/echo/skill.json: version: expected a semantic version such as 1.4.0',
    'skills/echo/skill.json: runtime: expected one of node, python, go, container, got "cobol"',
    'skills/echo/skill.json: entry: expected a relative path that stays inside the folder',
    'skills/echo/skill.json: extra: unknown field',
  ]);
});

it('requires the service that a load is about', async () => {
  const load = { requestsPerSecond: 300, perInstance: { 'apps-s-1vcpu-1gb': 50 } };
  expect(await issuesOf({ manifest: { ...goodManifest, load } })).toEqual([]);
  expect(await issuesOf({ manifest: { ...goodManifest, load: { ...load, component: 'mail' } } })).toEqual([
    'skills/echo/skill.json: load/component: there is no service "mail" in the App Spec, but "echo"',
  ]);
});

it('requires smoke tests with different names and all fields', async () => {
  const test = { name: 'echoes', invoke: { input: {} }, expect: {} };
  expect(await issuesOf({ manifest: { ...goodManifest, smokeTests: [test] } })).toEqual([]);
  expect(await issuesOf({ manifest: { ...goodManifest, smokeTests: [test, test] } })).toEqual([
    'skills/echo/skill.json: smokeTests: expected a different name for each test',
  ]);
  expect(await issuesOf({ manifest: { ...goodManifest, smokeTests: [{ name: 'a', invoke: {} }] } })).toEqual([
    expect.stringMatching(/^skills\/echo\/skill\.json: smokeTests\/0\/invoke\/input: /),
    expect.stringMatching(/^skills\/echo\/skill\.json: smokeTests\/0\/expect: /),
  ]);
});

it('reports where the JSON is invalid', async () => {
  const [issue] = await issuesOf({ manifest: '{"id": "echo",' });
  expect(issue).toMatch(/^skills\/echo\/skill\.json: not valid JSON: .+/);
});

it('refuses the name of another skill, and lets the folder have a name of its own', async () => {
  expect(await issuesOf({ manifest: { ...goodManifest, id: 'other', appSpec }, spec: goodSpec })).toEqual([
    'skills/echo/skill.json: id: "other" is also the skill in skills/other: each needs an app of its own. Rename one',
    `${appSpec}:2: name: expected "other", the id of the skill, got "echo"`,
  ]);
});

it('finds the manifest in package.json and in project.json, and refuses two', async () => {
  expect(await issuesOf({})).toEqual([]);
  const { id: _id, ...incomplete } = goodManifest;
  await writeFile(join(root, 'skills/echo/package.json'), JSON.stringify({ skill: incomplete }));
  expect(await issues()).toEqual([
    'skills/echo/package.json: skill: is a second manifest of this project, beside skill.json. Keep one of them',
  ]);
  await rm(join(root, 'skills/echo/skill.json'));
  expect(await issues()).toEqual(['skills/echo/package.json: skill/id: required, expected a string']);
  await writeFile(join(root, 'skills/echo/package.json'), '{}');
  await writeFile(join(root, 'skills/echo/project.json'), JSON.stringify({ skill: goodManifest }));
  expect(await issues()).toEqual([]);
});

it('requires of a service what it needs to start, and no more', async () => {
  const { entry: _entry, ...service } = { ...goodManifest, contract: 'http' };
  const problems = async (more: object) =>
    (await issuesOf({ manifest: { ...service, ...more } })).map((issue) => issue.replace(/^.*?\.json: /, ''));
  expect(await problems({})).toEqual(['entry: expected this, or "ship" and "start"']);
  expect(await problems({ ship: 'src' })).toEqual(['start: expected a command, because of "ship"']);
  expect(await problems({ ship: 'src', start: ['node', 'main.js'] })).toEqual([]);
  expect(await problems({ ship: 'src', start: ['node', 'main.js'], entry: 'src/main.ts' })).toEqual([
    'ship: expected either this or "entry"',
  ]);
  expect(await problems({ entry: 'lib/made.js', buildTarget: 'build' })).toEqual([]);
  const asked = { name: 'a', request: { path: '/' } };
  expect(await problems({ entry: 'src/main.ts', smokeTests: [asked] })).toEqual([]);
  expect(await problems({ entry: 'src/main.ts', smokeTests: [{ ...asked, expect: {} }] })).toEqual([
    'smokeTests/0/expect: is about "invoke": the answer of "request" is in "response"',
  ]);
});

it('reports errors of structure, dependencies and App Spec at once', async () => {
  const manifest = { ...goodManifest, dependencies: ['echo', 'ghost'] };
  const spec = goodSpec
    .replace('name: echo\nservices', 'name: ecko\nservices')
    .replace('/health }', '/ready }');
  expect(await issuesOf({ manifest, spec, entry: false })).toEqual([
    'skills/echo/skill.json: entry: "src/main.ts" does not exist in skills/echo',
    'skills/echo/skill.json: dependencies/0: a skill cannot depend on itself',
    'skills/echo/skill.json: dependencies/1: there is no skill "ghost"',
    'infra/do-gradient/echo/app-spec.yaml:2: name: expected "echo", the id of the skill, got "ecko"',
    'infra/do-gradient/echo/app-spec.yaml:6: services/0/health_check/http_path: expected "/health", the healthPath of the skill, got "/ready"',
  ]);
});

it('reports every error of the App Spec with its path', async () => {
  const spec = goodSpec.replace('github', 'http_port: 80a\n    colour: red\n    github');
  expect(await issuesOf({ spec })).toEqual([
    expect.stringMatching(
      /^infra\/do-gradient\/echo\/app-spec\.yaml:5: services\/0\/http_port: expected .+ got/,
    ),
    'infra/do-gradient/echo/app-spec.yaml:6: services/0/colour: unknown field',
  ]);
});

it('names an asset that matches no file', async () => {
  expect(await issuesOf({ manifest: { ...goodManifest, assets: ['src/*.ts', 'public'] } })).toEqual([
    expect.stringMatching(
      /^skills\/echo\/skill\.json: assets\/1: "public" matches no file in .*echo\. Correct it, or remove it\.$/,
    ),
  ]);
});

it('waits for the build of the service itself before it looks for what that makes', async () => {
  const { entry: _entry, ...rest } = goodManifest;
  const next = { ...rest, ship: '.next/standalone', start: ['node', 'server.js'], assets: ['.next/static'] };
  expect(await issuesOf({ manifest: { ...next, buildTarget: 'build' }, entry: false })).toEqual([]);
  expect(await issuesOf({ manifest: next, entry: false })).toEqual([
    expect.stringContaining('ship: ".next/standalone" does not exist'),
    expect.stringContaining('assets/0: ".next/static" matches no file'),
  ]);
});

it('checks the files of a Python skill', async () => {
  const python = { ...goodManifest, runtime: 'python', entry: 'src.main:app' };
  const spec = goodSpec.replace(
    'github: { repo: acme/echo, branch: main }',
    'image: { registry_type: DOCR, repository: echo }',
  );
  expect(await issuesOf({ manifest: { ...python, version: '1', entry: 'src/main.py' } })).toEqual([
    'skills/echo/skill.json: version: expected a semantic version such as 1.4.0',
    'skills/echo/skill.json: entry: expected a module and the application in it, such as main:app, because the runtime is python',
  ]);
  expect(await issuesOf({ manifest: python, spec })).toEqual([
    'skills/echo/skill.json: entry: "src.main:app" does not exist in skills/echo',
    'skills/echo/requirements.txt: does not exist: it must name the packages that are needed, including the server, such as uvicorn',
    expect.stringMatching(
      /^infra\/do-gradient\/echo\/app-spec\.yaml:5: services\/0\/image: a Python skill cannot be shipped .* environment_slug: python/,
    ),
  ]);
});

it('warns of a bindable variable that has no value', async () => {
  const envs = 'envs: [{ key: DATABASE_URL, value: "${db.DATABASE_URL}" }]';
  expect(await issuesOf({ spec: goodSpec.replace('github', `${envs}\n    github`) })).toEqual([]);
  expect((await findWarnings(root, 'skills/echo')).map(describeFileIssue)).toEqual([
    'infra/do-gradient/echo/app-spec.yaml:5: services/0/envs/0/value: App Platform has no value for ${db.DATABASE_URL}, ' +
      'and leaves it as it is',
  ]);
});

it('refuses a secret in clear text, without repeating it', async () => {
  const secret = 'envs: [{ key: API_KEY, type: SECRET, value: s3cr3t-value }]';
  const issues = await issuesOf({ spec: goodSpec.replace('github', `${secret}\n    github`) });
  expect(issues).toEqual([
    'infra/do-gradient/echo/app-spec.yaml:5: services/0/envs/0/value: a secret in clear text, which everyone ' +
      'with access to the repository can read. Write ${API_KEY} in its place, and set API_KEY in the environment of the deploy',
  ]);
});

describe('the folder of a static site', () => {
  const withStatic = (folder: string, more: object = {}) => ({ ...goodManifest, static: folder, ...more });
  const inManifest = 'skills/echo/skill.json: static: ';

  async function issuesWith(make: (skill: string) => Promise<unknown>): Promise<string[]> {
    await issuesOf({ manifest: withStatic('public') });
    await make(join(root, 'skills/echo'));
    return (await issues()).map((issue) => issue.replaceAll(root, ''));
  }

  it('is accepted with a file, and with a link to a file of the skill', async () => {
    const made = await issuesWith(async (skill) => {
      await mkdir(join(skill, 'public'));
      await writeFile(join(skill, 'public/index.html'), '');
      await symlink('../src/main.ts', join(skill, 'public/main.ts'));
    });
    expect(made).toEqual([]);
  });

  it('is refused if it is missing, a file, empty, leads out of the skill, or hides a path of the service', async () => {
    expect(await issuesWith(async () => undefined)).toEqual([
      `${inManifest}"public" is not a folder in /skills/echo. Correct it, or make the folder.`,
    ]);
    expect(await issuesWith((skill) => writeFile(join(skill, 'public'), ''))).toHaveLength(1);
    expect(await issuesWith((skill) => mkdir(join(skill, 'public')))).toEqual([
      `${inManifest}"public" has no file. Add one, or remove "static".`,
    ]);
    const linked = issuesWith(async (skill) => {
      await mkdir(join(skill, 'public'));
      await symlink('../../../infra/do-gradient/echo/app-spec.yaml', join(skill, 'public/spec.yaml'));
    });
    expect(await linked).toEqual([
      expect.stringMatching(
        /^skills\/echo\/skill\.json: static: .*public\/spec\.yaml, which links to .* outside of the skill/,
      ),
    ]);
    const hidden = issuesWith((skill) =>
      mkdir(join(skill, 'public/docs'), { recursive: true }).then(() =>
        writeFile(join(skill, 'public/docs/a.html'), ''),
      ),
    );
    expect(await hidden).toEqual([
      expect.stringContaining(`${inManifest}nobody would get public/docs/a.html`),
    ]);
  });

  it('is refused outside of the skill, for a container and with a rollout', async () => {
    for (const folder of ['../public', '/public', '.', 'public/', './public'])
      expect(await issuesOf({ manifest: withStatic(folder) })).toEqual([
        expect.stringContaining(`${inManifest}expected a`),
      ]);
    const container = withStatic('public', { runtime: 'container', entry: 'Dockerfile' });
    expect(await issuesOf({ manifest: container })).toEqual([
      `${inManifest}is not for container: let the image answer with its files`,
    ]);
    const rollout = withStatic('public', { rollout: { steps: [{ percent: 50, minutes: 1 }] } });
    expect(await issuesOf({ manifest: rollout })).toContainEqual(
      expect.stringContaining(`${inManifest}is not for a rollout`),
    );
  });
});
