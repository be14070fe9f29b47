import { measureDesignTokens } from './skills/design-tokens.js';
import { measureNlSql } from './skills/nl-sql.js';
import { measureOdooRpc } from './skills/odoo-rpc.js';
import { measurePrReview } from './skills/pr-review.js';
import { measureVisualDiff } from './skills/visual-diff.js';
import type { Benchmark } from './support/benchmark.js';

/** Each measures one skill against what a user would pick instead. @returns lines of Markdown, below a heading */
const parts: Record<string, (signal: AbortSignal) => Promise<string[]>> = {
  'odoo-rpc': measureOdooRpc,
  'design-tokens': measureDesignTokens,
  'nl-sql': measureNlSql,
  'pr-review': measurePrReview,
  'visual-diff': measureVisualDiff,
};

/** The skills against the tools that a user would pick instead, on the same input in the same run. */
export const measureSkills: Benchmark = async (signal) => {
  const sections: string[] = [];
  for (const [skill, measure] of Object.entries(parts)) {
    signal.throwIfAborted();
    const since = performance.now();
    sections.push((await measure(signal)).join('\n'));
    process.stderr.write(`${skill}: ${Math.round((performance.now() - since) / 1000)} s\n`);
  }
  return { title: 'The skills beside other tools', body: sections.join('\n\n') };
};
