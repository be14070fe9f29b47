import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../support/registry.js';
import type { RegistryWorkspace } from '../support/registry-workspace.js';
import { Traffic } from '../support/traffic.js';
import { bareWorkspace } from './bare-workspace.js';
import { generatedServices } from './generated-services.js';
import { publishAll, unseenVersion } from './publish.js';

// Services of others, rolled out. Needs the registries of npm and PyPI, and python3 with venv. One of them:
// NIGHTLY=true npx vitest run --root tools/e2e src/strangers/rollout -t express-shop

const installMs = 10 * 60_000;
const steps = [
  { weight: 50, requests: 10 },
  { weight: 60, for: '1s' },
];

interface Broken {
  /** Of a version that is healthy, and fails this path. */
  path: string;
  /** The files that make the path, and fail it. */
  made: Record<string, string>;
  fails: Record<string, string>;
}

const api = 'apps/next-shop/app/api/orders/route.ts';
const routes: Record<string, Broken> = {
  'express-shop': {
    path: '/users',
    made: {},
    fails: {
      'apps/express-shop/routes/users.js':
        "var router = require('express').Router();\nrouter.get('/', function () { throw new Error('no table users'); });\nmodule.exports = router;\n",
    },
  },
  'fastapi-shop': {
    path: '/orders',
    made: { 'apps/fastapi-shop/main.py': python('return []') },
    fails: { 'apps/fastapi-shop/main.py': python('raise RuntimeError("no table orders")') },
  },
  'next-shop': {
    path: '/api/orders',
    made: { [api]: next('return Response.json([]);') },
    fails: { [api]: next("throw new Error('no table orders');") },
  },
};

function python(body: string): string {
  return `from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def root():
    return {"message": "Hello again"}


@app.get("/orders")
async def orders():
    ${body}
`;
}

function next(body: string): string {
  return `export const dynamic = 'force-dynamic';\n\nexport async function GET(): Promise<Response> {\n  ${body}\n}\n`;
}

let registry: PackageRegistry;
let workspace: RegistryWorkspace;

beforeAll(async () => {
  registry = await startPackageRegistry('@odoobo');
  await publishAll(registry, unseenVersion());
  workspace = await bareWorkspace(registry, '23.2.1');
  await workspace.npx('nx add @odoobo/nx-skills');
  await workspace.commit('Add the plugin');
}, installMs);
afterAll(async () => {
  await workspace.close();
  await registry.close();
});

async function urlOf(name: string): Promise<string> {
  const { skills } = JSON.parse(await workspace.read('WORKTREE_STATUS.json')) as {
    skills: Record<string, { url: string }>;
  };
  return skills[name]?.url ?? '';
}

async function writeAll(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) await workspace.write(file, text);
}

const services = generatedServices.filter(({ name }) => name in routes);

describe.each(services)('$name', ({ name, make, change, path: page }) => {
  const { path, made, fails } = routes[name] as Broken;
  const folder = `apps/${name}`;

  it('is adopted, and gets a rollout once it has an image', { timeout: installMs }, async () => {
    await make(workspace, folder);
    await workspace.npx(`nx g @odoobo/nx-skills:adopt ${name}`);
    const manifest = JSON.parse(await workspace.read(`${folder}/skill.json`)) as { runtime: string };
    const rollout = { steps, verdict: { requests: 10 } };
    await workspace.write(`${folder}/skill.json`, JSON.stringify({ ...manifest, rollout }));
    if (manifest.runtime === 'python') {
      // On this machine it can be tried all the same: the local platform runs what was built.
      await expect(workspace.npx(`nx validate ${name}`)).rejects.toThrow('a Python service has none');
    } else {
      const refusal = await workspace.npx(`nx validate ${name}`).catch((error: Error) => error.message);
      const [, command = ''] = /npx (nx g @odoobo\/nx-skills:adopt .*?)\. Or/.exec(refusal) ?? [];
      expect(command, refusal).toContain('--image=ghcr.io/<owner>/');
      await workspace.npx(command.replace('<owner>', 'acme'));
      await workspace.npx(`nx validate ${name}`);
    }
    await workspace.npx(`nx deploy ${name}`);
  });

  it('gets a good version by steps, without a lost request', { timeout: installMs }, async () => {
    const text = await workspace.read(`${folder}/${change.file}`);
    await workspace.write(`${folder}/${change.file}`, text.replace(change.from, change.to));
    await writeAll(made);
    const traffic = new Traffic(new URL(page, await urlOf(name)).href, ['GET']);
    try {
      expect(await workspace.npx(`nx deploy ${name}`)).toContain('updated');
    } finally {
      await traffic.stop();
    }
    expect(traffic.answers.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect((await fetch(new URL(path, await urlOf(name)))).status).toBe(200);
    expect(await (await fetch(new URL(page, await urlOf(name)))).text()).toContain('again');
  });

  it('is kept from a version that fails one of its paths', { timeout: installMs }, async () => {
    await writeAll(fails);
    const traffic = new Traffic(new URL(path, await urlOf(name)).href, ['GET']);
    try {
      await expect(workspace.npx(`nx deploy ${name}`)).rejects.toThrow('RolloutAborted');
    } finally {
      await traffic.stop();
    }
    const failed = traffic.answers.filter(({ failure }) => failure !== undefined);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(5);
    expect((await fetch(new URL(path, await urlOf(name)))).status).toBe(200);
  });
});
