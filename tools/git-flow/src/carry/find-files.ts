import { git, GitError, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What is carried from one checkout into another. */
export interface CarryRules {
  /**
   * Patterns as in `.gitignore`, from the root of the repository. Where left out, those of `.worktreeinclude` alone, and where
   * there is none either, `.env*`.
   */
  patterns?: readonly string[] | undefined;
  /** Names of folders from which nothing is carried. */
  never: readonly string[];
}

/**
 * The convention of several tools that make worktrees: a file at the root of the repository, with patterns as in `.gitignore`.
 * Ignored files that match it are carried. https://code.claude.com/docs/en/worktrees, https://www.conductor.build/docs/reference/worktreeinclude
 */
const includeFile = '.worktreeinclude';
const usualPatterns = ['.env*'];
/** Packages are provided separately. */
const neverCarried = ['node_modules'];

/** Which checkout is searched, and by which rules. */
export interface Search {
  /** Absolute path of the root of the checkout that is searched. */
  checkout: string;
  /** The root of the checkout that files are carried from, which may have an include file. */
  source: string;
  rules: CarryRules;
  /** A folder that is carried too, from the root. */
  folder?: string | undefined;
}

/**
 * The files that are carried by the rules: those that match and that git ignores, so none that is tracked.
 * @returns paths from the root
 * @throws {GitError} when git fails
 */
export async function findFiles(
  { checkout, source, rules, folder }: Search,
  options: GitOptions,
): Promise<string[]> {
  const include = join(source, includeFile);
  const included = existsSync(include);
  const matching = [
    ...(included ? [`--exclude-from=${include}`] : []),
    ...(rules.patterns ?? (included ? [] : usualPatterns)).map((pattern) => `--exclude=${pattern}`),
    ...(folder === undefined ? [] : [`--exclude=/${escaped(folder)}/`]),
  ];
  if (matching.length === 0) return [];
  const there = { ...options, cwd: checkout };
  const without = [...neverCarried, ...rules.never].map((name) => `:(exclude,glob)**/${name}/**`);
  const args = ['ls-files', '-z', '--others', '--ignored', ...matching, '--', '.', ...without];
  // A nested repository is listed as one folder; it is not a file of this one.
  const files = (await gitOutput(args, there))
    .split('\0')
    .filter((file) => file !== '' && !file.endsWith('/'));
  return ignoredOf(files, there);
}

/** The files that git ignores, by all its ignore files. */
export async function ignoredOf(files: readonly string[], there: GitOptions): Promise<string[]> {
  if (files.length === 0) return [];
  const { exitCode, stdout, stderr } = await git(['check-ignore', '-z', '--stdin'], {
    ...there,
    input: files.map((file) => `${file}\0`).join(''),
  });
  // Exit code 1: none of them is ignored.
  if (exitCode > 1) throw new GitError(`Could not list what git ignores in ${there.cwd}: ${stderr}`);
  return stdout.split('\0').filter((file) => file !== '');
}

/** A path as a literal pattern of `.gitignore`. */
function escaped(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&');
}
