export { type Difference, Outcomes, type OutcomeSample } from './outcomes.js';
export { Judge, type Metric, type Outcome, type Rules, type Sample, type Verdict } from './judge.js';
export type { Variant } from './variant.js';
