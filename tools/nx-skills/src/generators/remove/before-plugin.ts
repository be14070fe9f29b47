import { git } from '@odoobo/machine/git';
import { parse } from 'jsonc-parser';
import { isDeepStrictEqual } from 'node:util';
import type { Tree } from 'nx/src/devkit-exports.js';

/** The files of a workspace as git has them from before the plugin was added: they tell whose packages are whose. */
export class BeforePlugin {
  private constructor(
    private readonly root: string,
    private readonly commit: string,
  ) {}

  static async in(root: string): Promise<BeforePlugin> {
    // The first commit that changed how often the beginning of the names of our packages occurs.
    const search = ['log', '--format=%H', '--reverse', '-S"@odoobo/', '--', './package.json'];
    const { stdout } = await git(search, { cwd: root });
    const [added] = stdout.split('\n');
    return new BeforePlugin(root, added ? `${added}^` : 'HEAD');
  }

  /** The text of a file; undefined if git does not have it, or the plugin has been there from the first commit. */
  async read(file: string): Promise<string | undefined> {
    const { exitCode, stdout } = await git(['show', `${this.commit}:./${file}`], { cwd: this.root });
    return exitCode === 0 ? `${stdout}\n` : undefined;
  }

  /** Writes a JSON file as it was written before, if that means the same. */
  async restoreFormat(tree: Tree, file: string): Promise<void> {
    const before = await this.read(file);
    if (before !== undefined && isDeepStrictEqual(parse(before), parse(tree.read(file, 'utf8') ?? '')))
      tree.write(file, before);
  }
}
