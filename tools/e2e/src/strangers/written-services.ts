import type { RegistryWorkspace } from '../support/registry-workspace.js';
import type { StrangerService } from './generated-services.js';

interface Written {
  name: string;
  files: Record<string, string>;
  change: StrangerService['change'];
  path: string;
}

const packageJson = (json: object) => JSON.stringify({ private: true, version: '1.0.0', ...json });

const written: Written[] = [
  {
    // As https://hono.dev/docs/getting-started/nodejs has it, on the port that it is given.
    name: 'hono-shop',
    files: {
      'package.json': packageJson({
        name: 'hono-shop',
        type: 'module',
        scripts: { build: 'tsc', start: 'node dist/index.js' },
        dependencies: { '@hono/node-server': '^1.19.0', hono: '^4.9.0' },
        devDependencies: { '@types/node': '^20.11.17', typescript: '^5.8.3' },
      }),
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'ESNext',
          module: 'NodeNext',
          strict: true,
          skipLibCheck: true,
          types: ['node'],
          outDir: './dist',
        },
        exclude: ['node_modules'],
      }),
      'src/index.ts': `import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()

app.get('/', (c) => {
  return c.text('Hello World')
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) })
`,
    },
    change: { file: 'src/index.ts', from: 'Hello World', to: 'Hello again' },
    path: '/',
  },
  {
    // As https://fastify.dev/docs/latest/Guides/Getting-Started/ has it, on the port that it is given.
    name: 'fastify-shop',
    files: {
      'package.json': packageJson({
        name: 'fastify-shop',
        scripts: { start: 'node server' },
        dependencies: { fastify: '^5.6.0' },
      }),
      'server.js': `const fastify = require('fastify')({ logger: true })

fastify.get('/', function (request, reply) {
  reply.send({ hello: 'World' })
})

fastify.listen({ port: process.env.PORT || 3000, host: '0.0.0.0' }, function (err, address) {
  if (err) {
    fastify.log.error(err)
    process.exit(1)
  }
})
`,
    },
    change: { file: 'server.js', from: 'World', to: 'again' },
    path: '/',
  },
  {
    // As https://nodejs.org/en/learn/getting-started/introduction-to-nodejs has it, without any package.
    name: 'plain-shop',
    files: {
      'project.json': JSON.stringify({ name: 'plain-shop' }),
      'server.mjs': `import { createServer } from 'node:http';

const server = createServer((req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/plain' });
  res.end('Hello World!\\n');
});

server.listen(process.env.PORT, '127.0.0.1');
`,
    },
    change: { file: 'server.mjs', from: 'Hello World', to: 'Hello again' },
    path: '/',
  },
  {
    // https://flask.palletsprojects.com/en/stable/quickstart/
    name: 'flask-shop',
    files: {
      'project.json': JSON.stringify({ name: 'flask-shop' }),
      'requirements.txt': 'flask==3.1.0\ngunicorn==23.0.0\n',
      'hello.py':
        'from flask import Flask\n\napp = Flask(__name__)\n\n@app.route("/")\ndef hello_world():\n    return "<p>Hello, World!</p>"\n',
    },
    change: { file: 'hello.py', from: 'Hello, World', to: 'Hello again' },
    path: '/',
  },
];

/** Services as people write them by hand. */
export const writtenServices: StrangerService[] = written.map(({ files, ...service }) => ({
  ...service,
  make: (workspace, folder) => writeAll(workspace, folder, files),
}));

async function writeAll(
  workspace: RegistryWorkspace,
  folder: string,
  files: Record<string, string>,
): Promise<void> {
  for (const [file, text] of Object.entries(files)) await workspace.write(`${folder}/${file}`, text);
  if ('package.json' in files) await workspace.run('npm', ['install']);
}
