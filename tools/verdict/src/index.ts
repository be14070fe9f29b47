export {
  type Difference,
  differenceOf,
  Outcomes,
  type OutcomeSample,
  type OutcomeSums,
  sampleOf,
} from './outcomes.js';
export {
  type Found,
  Judge,
  type Metric,
  type Outcome,
  type Rules,
  type Sample,
  type Verdict,
} from './judge.js';
export { type Assigned, type Ratio, ratioOf } from './ratio.js';
export type { Variant } from './variant.js';
