import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { buildArtefact } from './build-artefact.js';
import { builtAlone, type Files, manifest, skillWith } from './built-alone.test.helper.js';

const options = { target: 'es2023', experimentalDecorators: true, emitDecoratorMetadata: true };

/** Prints the types of a constructor's parameters, as Nest reads them. */
const files: Files = {
  'tsconfig.json': JSON.stringify({ compilerOptions: options }),
  'main.ts': `import 'reflect-metadata';
import { Engine } from './engine.js';
import type { Wheels } from './wheels.js';
const found: unknown[] = [];
const metadata = (key: string, value: unknown) => () => void (key === 'design:paramtypes' && found.push(value));
Object.assign(Reflect, { metadata });
const { Car } = await import('./car.js');
console.log((found[0] as { name: string }[]).map(({ name }) => name).join(), typeof Car, new Engine().started);`,
  'car.ts': `import { Engine } from './engine.js';
import type { Wheels } from './wheels.js';
function service<Class>(target: Class): Class { return target; }

@service
export class Car {
  constructor(readonly engine: Engine, readonly wheels: Wheels, readonly doors: number) {}
}
`,
  'engine.ts': 'export class Engine { started = false; }',
  'wheels.ts': 'export interface Wheels { count: number }',
  // Whose presence keeps the names of classes.
  'node_modules/reflect-metadata/package.json': '{ "name": "reflect-metadata" }',
  'node_modules/reflect-metadata/index.js': '',
};

const typescript = join(import.meta.dirname, '../../../../node_modules/typescript');

async function withTypeScript(skill: string): Promise<string> {
  await symlink(typescript, join(skill, '../../node_modules/typescript'));
  return skill;
}

it('bundles the types of decorators that a tsconfig.json asks for, also by one that it extends', async () => {
  const extending = {
    ...files,
    'base.json': JSON.stringify({ compilerOptions: options }),
    'tsconfig.json': '{ "extends": "./base.json" }',
  };
  const inList = { ...extending, 'tsconfig.json': '{ "extends": ["./base.json"] }' };
  for (const some of [files, extending, inList])
    expect((await builtAlone(some, {}, withTypeScript)).printed).toBe('Engine,Object,Number function false');
});

it('refuses them where there is no TypeScript, before anything is written', async () => {
  const skill = await skillWith(files);
  await expect(buildArtefact(skill, manifest({}))).rejects.toThrow(
    'Install it: npm install -D typescript@5.',
  );
});

it('does not load TypeScript where no tsconfig.json asks for them', async () => {
  const skill = await skillWith({
    'tsconfig.json': '{ "extends": "./base.json" }',
    'base.json': '{ "compilerOptions": { "strict": true } }',
    // Looks like a decorator, as the text of a style sheet may.
    'main.ts': 'console.log(`\n@media print {}`);',
    'node_modules/typescript/index.js': "process.env.TYPESCRIPT_LOADED = 'yes';",
  });
  onTestFinished(() => void delete process.env['TYPESCRIPT_LOADED']);
  await buildArtefact(skill, manifest({}));
  expect(process.env['TYPESCRIPT_LOADED']).toBeUndefined();
});
