import type { AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { mapRepository } from '../sources/repositories.js';
import { TestRepository } from '../sources/repository.test.helper.js';
import { eventually, temporaryFolder, type TestPlatform, testPlatform } from './platform.test.helper.js';

const folder = fileURLToPath(new URL('../../../../examples/app-platform', import.meta.url));

export function exampleFile(name: string, file: string): Promise<string> {
  return readFile(join(folder, name, file), 'utf8');
}

/** All files of an example, by their paths in it. */
async function filesOf(name: string): Promise<Record<string, string>> {
  const root = join(folder, name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => [relative(root, path), await readFile(path, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(files));
}

interface ExampleOptions {
  /** The platform's folder. */
  directory?: string | undefined;
  /** Adds files that no repository has as text. */
  prepare?: (clone: string) => Promise<void>;
}

/** Starts to deploy an application of `examples/app-platform` from its own App Spec, as `acme/<name>`. */
export async function deployExample(
  name: string,
  { directory, prepare }: ExampleOptions = {},
): Promise<Example> {
  const files = await filesOf(name);
  const repository = await TestRepository.create(files);
  if (prepare) {
    await prepare(repository.clone);
    await repository.push({});
  }
  const home = directory ?? (await temporaryFolder());
  await mapRepository(home, `acme/${name}`, repository.origin);
  const test = await testPlatform({ directory: home });
  const { id } = await test.create(parse(files['.do/app.yaml'] ?? '') as AppSpec);
  return new Example(test, id, repository, files);
}

/** An application of which there are editions, each with its number in its files. */
export class Example {
  constructor(
    private readonly test: TestPlatform,
    private readonly id: string,
    private readonly repository: TestRepository,
    private readonly files: Record<string, string>,
  ) {}

  async url(): Promise<string> {
    return (await this.test.app(this.id)).live_url ?? '';
  }

  async pushEdition(number: number): Promise<void> {
    const changed = Object.entries(this.files).map(([path, text]) => [
      path,
      text.replaceAll('edition 1', `edition ${number}`),
    ]);
    await this.repository.push(Object.fromEntries(changed));
  }

  async deployAgain(): Promise<void> {
    await this.test.call('POST', `/v2/apps/${this.id}/deployments`, {});
  }

  /**
   * Waits until each path answers with its text, in which `N` stands for the edition.
   * @throws Error with what is answered and the logs, when a deployment fails or it takes five minutes
   */
  async expectAnswers(edition: number, texts: Record<string, string>): Promise<void> {
    let answers: Record<string, string> = {};
    const look = async () => {
      answers = await this.#answers(Object.keys(texts));
      const wrong = Object.entries(texts).filter(
        ([path, text]) => !answers[path]?.includes(text.replace(/\bN\b/g, String(edition))),
      );
      if (wrong.length === 0) return true;
      if ((await this.#newest())?.phase === 'ERROR') throw new Error('The deployment failed.');
      return undefined;
    };
    await eventually(look, 280_000).catch(async (cause: Error) => {
      throw new Error(`${cause.message}\n${JSON.stringify(answers)}\n${await this.#logs()}`, { cause });
    });
  }

  async #answers(paths: string[]): Promise<Record<string, string>> {
    const url = await this.url();
    const answers = paths.map(
      async (path) => [path, url === '' ? '' : await textOf(`${url}${path}`)] as const,
    );
    return Object.fromEntries(await Promise.all(answers));
  }

  async #newest(): Promise<Deployment | undefined> {
    const path = `/v2/apps/${this.id}/deployments`;
    const { deployments } = (await this.test.call<{ deployments: Deployment[] }>('GET', path)).body;
    return deployments[0];
  }

  async #logs(): Promise<string> {
    const id = (await this.#newest())?.id;
    const logs = ['BUILD', 'DEPLOY', 'RUN'].map((type) => this.test.log(this.id, type, id).catch(() => ''));
    return (await Promise.all(logs)).join('\n');
  }
}

async function textOf(url: string): Promise<string> {
  return fetch(url).then((response) => response.text(), String);
}
