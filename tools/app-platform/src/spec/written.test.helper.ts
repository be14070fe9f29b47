import { AppSpecError, parseAppSpec } from './index.js';

/** What is said of a file, each line without the file's name. */
export function complaints(text: string): string[] {
  try {
    parseAppSpec(text, 'app.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof AppSpecError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^app\.yaml/, ''));
  }
}

export const source = 'git: { repo_clone_url: https://git.test/shop, branch: main }';

/** An app with one service; the lines are more of its fields. Its fields begin at line 3, `lines` at line 5. */
export function service(...lines: string[]): string {
  return [
    'name: shop',
    'services:',
    '  - name: web',
    `    ${source}`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

/** The same, with more at the top level, from line 5 on. */
export function app(...lines: string[]): string {
  return [service(), ...lines].join('\n');
}

export const job = (line: string) => app('jobs:', '  - name: nightly', `    ${source}`, `    ${line}`);
export const scheduled = (schedule: string) => job(`kind: SCHEDULED\n    schedule: ${schedule}`);
export const image = (fields: string) =>
  ['name: shop', 'services:', '  - name: web', `    image: { ${fields} }`].join('\n');
