/** A change of one input of an artefact, and what the service answers when it is live. */
export interface Change {
  what: string;
  /** The whole new text of files, by their paths from the service. */
  files?: Record<string, string>;
  /** What Prisma's client is generated from. */
  schema?: string;
  /** Is in the answer of `GET /` afterwards, and not before. */
  answer: string;
}

/** A service with needs that a bundle alone does not meet. */
export interface Service {
  name: string;
  /** Fields of its manifest. */
  manifest?: object;
  /** By their paths from the service. */
  files: Record<string, string>;
  /** What Prisma's client is generated from; not in the service, so Nx hashes neither. */
  schema?: string;
  /** Is in the answer of `GET /`. */
  answer: string;
  changes: Change[];
  /** The package whose version its answer has. */
  version?: string;
}

/** Answers each request, the health check too, with what `answer` returns. */
const serve = `import { createServer } from 'node:http';
export function serve(answer: () => unknown) {
  createServer(async (request, reply) => {
    try {
      reply.end(request.url === '/health' ? 'well' : String(await answer()));
    } catch (error) {
      reply.statusCode = 500;
      reply.end(String(error));
    }
  }).listen(Number(process.env['PORT']), process.env['HOST'] ?? '0.0.0.0');
}
`;

/** The change that each service has: of its own code. */
function source(file: string, text: string, from: string): Change {
  if (!text.includes(from)) throw new Error(`${file} has no "${from}".`);
  return {
    what: 'source',
    files: { [file]: text.replaceAll(from, `changed ${from}`) },
    answer: `changed ${from}`,
  };
}

const decorated = JSON.stringify({
  compilerOptions: {
    target: 'ES2023',
    module: 'nodenext',
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  },
});

const sharp = `import sharp from 'sharp';
import { serve } from './serve.js';
serve(async () => {
  const image = sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } });
  const { info } = await image.png().toBuffer({ resolveWithObject: true });
  return 'picture of ' + info.width + ' ' + sharp.versions.sharp;
});
`;

const sqlite = `import Database from 'better-sqlite3';
import { serve } from './serve.js';
const database = new Database(':memory:');
database.exec("create table words (word text); insert into words values ('row')");
serve(() => 'read ' + (database.prepare('select word from words').get() as { word: string }).word);
`;

const pino = `import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { serve } from './serve.js';
const file = join(process.env['LOG_FOLDER'] ?? tmpdir(), 'pino-' + process.pid + '.log');
const log = pino(pino.transport({ target: 'pino-pretty', options: { destination: file, colorize: false, mkdir: true } }));
serve(async () => {
  log.info('logged line');
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.includes('logged line')) return text;
    } catch {}
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return 'nothing was logged';
});
`;

const express = `import express from 'express';
import { join } from 'node:path';
import ejs from 'ejs';
const app = express();
app.set('view engine', 'ejs');
app.set('views', join(import.meta.dirname, 'views'));
app.use('/static', express.static(join(import.meta.dirname, '../public')));
app.get('/health', (_, reply) => void reply.end('well'));
app.get('/', async (request, reply) => {
  const style = await fetch('http://127.0.0.1:' + process.env['PORT'] + '/static/style.css').then((one) => one.text());
  reply.render('page', { word: 'rendered', style, version: ejs.VERSION });
});
app.listen(Number(process.env['PORT']), process.env['HOST'] ?? '0.0.0.0');
`;

const autoload = `import autoload from '@fastify/autoload';
import fastify from 'fastify';
import { join } from 'node:path';
const app = fastify();
app.register(autoload, { dir: join(import.meta.dirname, 'routes') });
app.get('/health', () => 'well');
app.addHook('onSend', async (_request, _reply, body) => 'loaded ' + String(body) + ' ' + app.version);
await app.listen({ port: Number(process.env['PORT']), host: process.env['HOST'] ?? '0.0.0.0' });
`;

const threads = `import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { serve } from './serve.js';
serve(async () => {
  const typed = new Worker(new URL('./typed.ts', import.meta.url));
  const plain = new Worker(new URL('./plain.js', import.meta.url));
  const said = await Promise.all([typed, plain].map((worker) => once(worker, 'message')));
  return 'threads: ' + said.flat().join(' and ');
});
`;

const files = `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from './serve.js';
import { text } from './parts/part.js';
const page = readFileSync(new URL('./page.txt', import.meta.url), 'utf8');
serve(() => ['files:', page, readFileSync(join(import.meta.dirname, 'data', 'two.txt'), 'utf8'), text()].join(' '));
`;

const part = `import { readFileSync } from 'node:fs';
export const text = () => readFileSync(new URL('./part.txt', import.meta.url), 'utf8');
`;

const prisma = `import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaClient } from './generated/client.js';
import { serve } from './serve.js';
const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: ':memory:' }) });
await client.$executeRawUnsafe('create table "Words" (id integer primary key autoincrement, word text, noun text)');
await client.words.create({ data: {} });
serve(async () => 'columns ' + Object.keys((await client.words.findFirst()) ?? {}).join(' '));
`;

const schema = (column: string) => `generator client {
  provider = "prisma-client"
  output   = "../skills/prisma-shop/src/generated"
}
datasource db {
  provider = "sqlite"
}
model Words {
  id Int @id @default(autoincrement())
  ${column} String?
}
`;

const nest = `import 'reflect-metadata';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WordService } from './word-service.js';

@Injectable()
class Greeter {
  constructor(private readonly words: WordService) {}
  greet() {
    return 'injected ' + this.words.word();
  }
}

@Controller()
class AppController {
  constructor(private readonly greeter: Greeter) {}
  @Get()
  page(): string {
    return this.greeter.greet();
  }
  @Get('health')
  health(): string {
    return 'well';
  }
}

@Module({ controllers: [AppController], providers: [Greeter, WordService] })
class AppModule {}

const app = await NestFactory.create(AppModule);
await app.listen(Number(process.env['PORT']), process.env['HOST'] ?? '0.0.0.0');
`;

const wordService = `import { Injectable } from '@nestjs/common';
import type { Words } from './words.js';

@Injectable()
export class WordService {
  private readonly words: Words = { one: 'word' };
  word(): string {
    return this.words.one;
  }
}
`;

const typeorm = `import 'reflect-metadata';
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { serve } from './serve.js';

@Entity()
class OrderLine {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  article!: string;
}

const source = new DataSource({ type: 'better-sqlite3', database: ':memory:', entities: [OrderLine], synchronize: true });
await source.initialize();
await source.getRepository(OrderLine).save({ article: 'a chair' });
serve(async () => {
  const [line] = await source.getRepository(OrderLine).find();
  return 'stored ' + line?.article + ' in ' + source.getMetadata(OrderLine).tableName;
});
`;

const withServe = (main: string): Record<string, string> => ({ 'src/main.ts': main, 'src/serve.ts': serve });

/** What each needs was lost or crashed in production when artefacts were one file. */
export const services: Service[] = [
  {
    name: 'sharp-shop',
    files: withServe(sharp),
    answer: 'picture of 3',
    changes: [source('src/main.ts', sharp, 'picture of')],
    version: 'sharp',
  },
  {
    name: 'sqlite-shop',
    files: withServe(sqlite),
    answer: 'read row',
    changes: [source('src/main.ts', sqlite, 'read ')],
  },
  {
    name: 'pino-shop',
    files: withServe(pino),
    answer: 'logged line',
    changes: [source('src/main.ts', pino, 'logged line')],
  },
  {
    name: 'express-shop',
    files: {
      'src/main.ts': express,
      'src/views/page.ejs': '<h1><%= word %></h1><%- style %> <%= version %>',
      'public/style.css': 'h1 { color: red }',
    },
    answer: '<h1>rendered</h1>h1 { color: red }',
    changes: [
      source('src/main.ts', express, 'rendered'),
      {
        what: 'a view',
        files: { 'src/views/page.ejs': '<h2><%= word %></h2><%- style %> <%= version %>' },
        answer: '<h2>',
      },
      { what: 'a static file', files: { 'public/style.css': 'h1 { color: blue }' }, answer: 'blue' },
    ],
    version: 'ejs',
  },
  {
    name: 'autoload-shop',
    files: {
      'src/main.ts': autoload,
      'src/routes/root.js': "export default async (app) => { app.get('/', () => 'route'); };\n",
      'package.json': '{ "type": "module" }',
    },
    answer: 'loaded route',
    changes: [
      source('src/main.ts', autoload, 'loaded '),
      {
        what: 'a loaded module',
        files: {
          'src/routes/root.js': "export default async (app) => { app.get('/', () => 'other route'); };\n",
        },
        answer: 'other route',
      },
    ],
    version: 'fastify',
  },
  {
    name: 'threads-shop',
    files: {
      ...withServe(threads),
      'src/typed.ts':
        "import { parentPort } from 'node:worker_threads';\nimport { word } from './word.js';\nconst said: string = word;\nparentPort?.postMessage(said);\n",
      'src/word.ts': "export const word: string = 'typed';\n",
      'src/plain.js': "import { parentPort } from 'node:worker_threads';\nparentPort.postMessage('plain');\n",
      'package.json': '{ "type": "module" }',
    },
    answer: 'threads: typed and plain',
    changes: [
      source('src/main.ts', threads, 'threads: '),
      {
        what: 'what a thread imports',
        files: { 'src/word.ts': "export const word: string = 'retyped';\n" },
        answer: 'retyped and',
      },
      {
        what: 'a thread',
        files: {
          'src/plain.js':
            "import { parentPort } from 'node:worker_threads';\nparentPort.postMessage('simple');\n",
        },
        answer: 'and simple',
      },
    ],
  },
  {
    name: 'files-shop',
    files: {
      ...withServe(files),
      'src/parts/part.ts': part,
      'src/page.txt': 'page',
      'src/data/two.txt': 'two',
      'src/parts/part.txt': 'part',
    },
    answer: 'files: page two part',
    changes: [
      source('src/main.ts', files, 'files:'),
      { what: 'a file', files: { 'src/data/two.txt': 'three' }, answer: 'page three' },
    ],
  },
  {
    name: 'prisma-shop',
    files: withServe(prisma),
    schema: schema('word'),
    answer: 'columns id word',
    changes: [
      source('src/main.ts', prisma, 'columns '),
      { what: 'generated code that git ignores', schema: schema('noun'), answer: 'columns id noun' },
    ],
  },
  {
    name: 'nest-shop',
    files: {
      'src/main.ts': nest,
      'src/word-service.ts': wordService,
      'src/words.ts': 'export interface Words {\n  one: string;\n}\n',
      'tsconfig.json': decorated,
    },
    answer: 'injected word',
    changes: [source('src/main.ts', nest, 'injected ')],
  },
  {
    name: 'typeorm-shop',
    manifest: { external: ['better-sqlite3'] },
    files: { ...withServe(typeorm), 'tsconfig.json': decorated },
    answer: 'stored a chair in order_line',
    changes: [source('src/main.ts', typeorm, 'stored ')],
  },
];
