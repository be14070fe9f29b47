import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outerEnvironment, Workspace } from './support/workspace.js';

// Services as their own generators or tutorials make them. Needs the registries of npm and PyPI, and python3 with venv.

interface Service {
  /** Of the project, and of its app. */
  name: string;
  /** Makes it in its folder, which is in `apps`. */
  make: (workspace: Workspace, folder: string) => Promise<void>;
  /** A change of its code that its answer shows. */
  change: { file: string; from: string; to: string };
  /** The path whose answer shows it. */
  shownAt: string;
}

const services: Service[] = [
  {
    // https://expressjs.com/en/starter/generator.html
    name: 'express-shop',
    make: async (workspace, folder) => {
      await run(workspace, 'npx', ['-y', 'express-generator@4', '--no-view', folder]);
      await npm(workspace, folder);
    },
    change: { file: 'public/index.html', from: 'Welcome to Express', to: 'Welcome back' },
    shownAt: '/',
  },
  {
    // https://docs.nestjs.com/first-steps
    name: 'nest-shop',
    make: async (workspace, folder) => {
      const args = ['new', 'nest-shop', '--directory', folder, '--skip-git', '--package-manager', 'npm'];
      await run(workspace, 'npx', ['-y', '@nestjs/cli@11', ...args]);
    },
    change: { file: 'src/app.service.ts', from: 'Hello World!', to: 'Hello again!' },
    shownAt: '/',
  },
  {
    // https://fastapi.tiangolo.com/tutorial/first-steps/
    name: 'fastapi-shop',
    make: async (workspace, folder) => {
      await workspace.write(`${folder}/project.json`, '{ "name": "fastapi-shop" }');
      await workspace.write(`${folder}/requirements.txt`, 'fastapi[standard]==0.115.6\n');
      await workspace.write(
        `${folder}/main.py`,
        'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\nasync def root():\n    return {"message": "Hello World"}\n',
      );
    },
    change: { file: 'main.py', from: 'Hello World', to: 'Hello again' },
    shownAt: '/',
  },
  {
    // https://docs.djangoproject.com/en/5.2/intro/tutorial01/
    name: 'django-shop',
    make: async (workspace, folder) => {
      const venv = join(workspace.root, '.nx/django');
      const bin = (program: string) => join(venv, 'bin', program);
      await run(workspace, 'python3', ['-m', 'venv', venv]);
      await run(workspace, bin('pip'), ['install', '--quiet', 'django==4.2.17', 'gunicorn==23.0.0']);
      await mkdir(join(workspace.root, folder), { recursive: true });
      await run(workspace, bin('django-admin'), ['startproject', 'mysite', folder]);
      const { stdout } = await run(workspace, bin('pip'), ['freeze']);
      await workspace.write(`${folder}/requirements.txt`, `${stdout}\n`);
      await workspace.write(`${folder}/project.json`, '{ "name": "django-shop" }');
    },
    change: { file: 'mysite/urls.py', from: 'admin.site.urls', to: "admin.site.urls, name='again'" },
    shownAt: '/admin/login/',
  },
];

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({});
  const own = JSON.parse(await workspace.read('package.json')) as object;
  await workspace.write('package.json', JSON.stringify({ ...own, workspaces: ['apps/*'] }));
});
afterAll(() => workspace.close());

function run({ root, env }: Workspace, program: string, args: string[]) {
  return execa(program, args, {
    cwd: root,
    env: { ...outerEnvironment(), ...env, CI: 'true' },
    extendEnv: false,
    stdin: 'ignore',
    timeout: 10 * 60_000,
  });
}

async function npm(workspace: Workspace, folder: string): Promise<void> {
  const flags = ['--no-audit', '--no-fund', '--workspaces=false'];
  await run(workspace, 'npm', ['install', ...flags, '--prefix', folder]);
}

async function nx(...args: string[]): Promise<string> {
  const { exitCode, output } = await workspace.nx(args);
  expect(exitCode, output).toBe(0);
  return output;
}

/** Clients that ask for a page again and again, each over one connection or over new ones. */
class Load {
  readonly failures: string[] = [];
  answers = 0;
  #over = false;
  readonly #clients: Promise<void>[];

  constructor(url: string) {
    this.#clients = [{}, { connection: 'close' }].map((headers) => this.#ask(url, headers));
  }

  async #ask(url: string, headers: Record<string, string>): Promise<void> {
    while (!this.#over) {
      try {
        const { status } = await fetch(url, { headers }).then(async (reply) => (await reply.text(), reply));
        if (status === 200) this.answers += 1;
        else this.failures.push(String(status));
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }
}

describe.each(services)('$name', ({ name, make, change, shownAt }) => {
  const folder = `apps/${name}`;
  const page = async () => {
    const { url = '' } = await workspace.status(name);
    return new URL(shownAt, url).href;
  };
  const digest = async () => (await workspace.status(name))['digest'];

  it('is adopted without a change of its code, deployed, updated under load, merged and rolled back', async () => {
    await make(workspace, folder);
    await workspace.commit(name);
    await workspace.git('switch', '-qc', `skill/${name}`);
    await nx('g', '@odoobo/nx-skills:adopt', name);
    const { stdout: touched } = await run(workspace, 'git', ['status', '--porcelain', '--', folder]);
    expect(touched).toBe(`?? ${folder}/skill.json`);
    await workspace.commit('adopt');
    await nx('deploy', name, '--smokeTest');
    const first = await digest();
    expect((await fetch(await page())).status).toBe(200);

    const text = await workspace.read(`${folder}/${change.file}`);
    expect(text).toContain(change.from);
    await workspace.write(`${folder}/${change.file}`, text.replace(change.from, change.to));
    await workspace.commit('change');
    const load = new Load(await page());
    await nx('deploy', name, '--smokeTest');
    await load.end();
    expect(load.failures).toEqual([]);
    expect(load.answers).toBeGreaterThan(0);
    expect(await digest()).not.toBe(first);

    expect(await nx('merge', name)).toMatch(new RegExp(`${name} +merged`));
    await nx('rollback', name);
    expect((await fetch(await page())).status).toBe(200);
    await workspace.git('switch', '-q', 'main');
  }, 900_000);
});
