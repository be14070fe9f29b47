import { posix } from 'node:path';

export type Language = 'script' | 'python' | 'php';

const languages: Record<string, Language> = {
  ...Object.fromEntries(
    ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'].map(
      (ending) => [ending, 'script'] as const,
    ),
  ),
  '.py': 'python',
  '.pyi': 'python',
  '.php': 'php',
};

/** The language of a file that a parser reads; `script` is JavaScript and TypeScript. */
export function languageOf(path: string): Language | undefined {
  return languages[posix.extname(path).toLowerCase()];
}
