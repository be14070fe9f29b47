import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../../src/skills/nl-sql/rival.py');

/** Works by rules as the templates do; other tools of its kind call a model, or run on Python 2 only. */
export const rival = { name: 'text2sql-lite', version: '0.4.0' };

/** @returns whether it could be had */
export async function installRival(folder: string, signal: AbortSignal): Promise<boolean> {
  const pip = ['-m', 'pip', '-q', 'install', '--no-deps', `${rival.name}==${rival.version}`];
  try {
    await run('python3', ['-m', 'venv', 'venv'], { cwd: folder, signal });
    await run('venv/bin/python', pip, { cwd: folder, signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** @returns the query for each question, or null where it refuses */
export async function askRival(
  folder: string,
  asked: { tables: Record<string, string[]>; questions: string[] },
  signal: AbortSignal,
): Promise<(string | null)[]> {
  const answer = run('venv/bin/python', [program], { cwd: folder, signal });
  answer.child.stdin?.end(JSON.stringify(asked));
  return JSON.parse((await answer).stdout) as (string | null)[];
}
