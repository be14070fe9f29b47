import type { Difference, Variant } from '@odoobo/verdict';
import type { RouterConfig } from './config.js';
import type { Totals } from './state.js';

type Better = NonNullable<RouterConfig['experiment']>['better'];

/** Which variant the outcomes have shown to be better; null while their interval holds both. */
export function betterOf(better: Better, outcome: Difference | null): Variant | null {
  if (!outcome || (outcome.low <= 0 && outcome.high >= 0)) return null;
  return outcome.low > 0 === (better === 'higher') ? 'canary' : 'live';
}

/** What an experiment has found, as sentences. */
export function describeOutcome({ outcome, variants }: Totals, better: Variant | null): string {
  if (!outcome) return 'too few outcomes were seen to compare them, or all were the same.';
  const { estimate, low, high, confidence } = outcome;
  const found = better
    ? `${better === 'live' ? 'live' : 'the canary'} is better`
    : 'neither is shown to be better';
  const [canary, live] = [variants.canary, variants.live].map((one) => one.outcome?.count ?? 0);
  const [difference, from, to] = [estimate, low, high].map((one) => Number(one.toPrecision(3)));
  return (
    `${found}. The mean outcome of the canary minus that of live is ${difference} ` +
    `(${from} to ${to} with ${100 * confidence} % confidence; ${canary} outcomes of the canary, ${live} of live).`
  );
}
