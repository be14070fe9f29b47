import { dirname, join } from 'node:path';
import type { RegistryWorkspace } from '../support/registry-workspace.js';

/** A service as a stranger has it, in the folder `apps/<name>` of a workspace. */
export interface StrangerService {
  /** Of the project, and of its app. */
  name: string;
  make: (workspace: RegistryWorkspace, folder: string) => Promise<void>;
  /** A change of its code: from then on its answer contains "again". */
  change: { file: string; from: string; to: string };
  /** A path that it answers with what changes. */
  path: string;
}

/** Services as their own generators or tutorials make them. */
export const generatedServices: StrangerService[] = [
  {
    // https://expressjs.com/en/starter/generator.html
    name: 'express-shop',
    make: async (workspace, folder) => {
      await workspace.run('npx', ['-y', 'express-generator@4', '--no-view', folder]);
      await workspace.run('npm', ['install']);
    },
    change: { file: 'public/index.html', from: 'Welcome to Express', to: 'Welcome again' },
    path: '/',
  },
  {
    // https://docs.nestjs.com/first-steps
    name: 'nest-shop',
    make: async (workspace, folder) => {
      const options = ['--directory', folder, '--skip-git', '--package-manager', 'npm'];
      await workspace.run('npx', ['-y', '@nestjs/cli@11', 'new', 'nest-shop', ...options]);
    },
    change: { file: 'src/app.service.ts', from: 'Hello World!', to: 'Hello again!' },
    path: '/',
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
    path: '/',
  },
  {
    // https://docs.djangoproject.com/en/5.2/intro/tutorial01/
    name: 'django-shop',
    make: async (workspace, folder) => {
      const venv = join(workspace.root, '.nx/cache/django');
      const program = (name: string) => join(venv, 'bin', name);
      await workspace.run('python3', ['-m', 'venv', venv]);
      await workspace.run(program('pip'), ['install', '--quiet', 'django==4.2.17', 'gunicorn==23.0.0']);
      await workspace.write(`${folder}/project.json`, '{ "name": "django-shop" }');
      await workspace.run(program('django-admin'), ['startproject', 'mysite', folder]);
      await workspace.write(
        `${folder}/requirements.txt`,
        `${await workspace.run(program('pip'), ['freeze'])}\n`,
      );
    },
    // The one page of a new site.
    change: {
      file: 'mysite/urls.py',
      from: 'urlpatterns = [',
      to: "admin.site.site_header = 'Hello again'\n\nurlpatterns = [",
    },
    path: '/admin/login/',
  },
  {
    // https://nextjs.org/docs/app/getting-started/installation, with the output that runs without its packages
    name: 'next-shop',
    make: async (workspace, folder) => {
      // It makes no folder above the one that it is given.
      await workspace.run('mkdir', ['-p', dirname(folder)]);
      const options = ['--yes', '--ts', '--app', '--empty', '--no-eslint', '--no-tailwind', '--no-src-dir'];
      await workspace.run('npx', [
        '-y',
        'create-next-app@15',
        folder,
        ...options,
        '--use-npm',
        '--disable-git',
      ]);
      const config = await workspace.read(`${folder}/next.config.ts`);
      await workspace.write(
        `${folder}/next.config.ts`,
        config.replace('= {', "= {\n  output: 'standalone',"),
      );
    },
    change: { file: 'app/page.tsx', from: 'Hello world!', to: 'Hello again!' },
    path: '/',
  },
];
