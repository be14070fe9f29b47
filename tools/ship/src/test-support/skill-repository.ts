import { gitOutput } from '@odoobo/machine/git';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PlacedTask } from '../deploy/place-tasks.js';
import { withProvenance } from '../deploy/provenance.js';
import { commandOf } from '../manifest/skill-place.js';
import { tempDirectory } from './temp-directory.js';

/** A real repository with one skill, `shop`. */
export class SkillRepository {
  private constructor(readonly root: string) {}

  static async create(): Promise<SkillRepository> {
    const repository = new SkillRepository(await tempDirectory());
    await repository.git('init', '-q', '-b', 'main');
    await repository.commit('first', { 'skills/shop/skill.json': '{ "version": "0.1.0" }' });
    return repository;
  }

  git(...args: string[]): Promise<string> {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
    return gitOutput([...identity, ...args], { cwd: this.root });
  }

  /** @returns its hash */
  async commit(message: string, files: Record<string, string>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.root, path)), { recursive: true });
      await writeFile(join(this.root, path), text);
    }
    await this.git('add', '-A');
    await this.git('commit', '-qm', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** Commits another version of the skill. @returns its commit */
  release(text: string): Promise<string> {
    return this.commit(text, { 'skills/shop/main.js': text });
  }

  /** The skill as it would be shipped from the current checkout. */
  async task(env: NodeJS.ProcessEnv = {}): Promise<PlacedTask> {
    const workspaceRoot = this.root;
    const sources = { graph: { nodes: {}, dependencies: {} } };
    const skill = { skill: 'shop', skillRoot: 'skills/shop', command: commandOf([], 'shop'), after: [] };
    const [task] = await withProvenance([skill], { workspaceRoot, sources, env });
    if (!task) throw new Error('shop was not placed');
    return { ...task, workspaceRoot };
  }
}
