import type { RouterState } from '@odoobo/app-platform';
import { missingRouters } from './rollout-table.js';

type Variants = 'live' | 'canary';

/** What was seen of one version. */
export interface ReportedVariant {
  requests: number;
  failures: number;
  /** In milliseconds; null without an answer. */
  p50: number | null;
  p95: number | null;
  /** Clients that left before their answer began. */
  left: number;
  outcomes: number;
  meanOutcome: number | null;
  standardDeviation: number | null;
}

/** Two versions compared, as far as their rollout or experiment is. */
export interface Report {
  skill: string;
  rollout: string;
  phase: RouterState['phase'];
  /** The percentage of the clients that get the new version. */
  weight: number;
  /** Why the new version is out or held; else the words of the verdict. */
  because: string | null;
  verdict: string;
  variants: Record<Variants, ReportedVariant>;
  outcome: NonNullable<RouterState['outcome']> | null;
  better: Variants | null;
  ratio: NonNullable<RouterState['ratio']> | null;
  shadow: NonNullable<RouterState['shadow']> | null;
  history: NonNullable<RouterState['history']>;
  /** The routers whose counts these are. */
  routers: NonNullable<RouterState['routers']> | null;
}

export function reportOf(skill: string, state: RouterState): Report {
  const { rollout, phase, weight, verdict, variants, out, held } = state;
  const { outcome = null, better = null, ratio = null, shadow = null, history = [], routers = null } = state;
  return {
    skill,
    rollout,
    phase,
    weight,
    because: out?.because ?? held?.because ?? verdict.because ?? null,
    verdict: verdict.answer,
    variants: { live: variantOf(variants.live), canary: variantOf(variants.canary) },
    outcome,
    better,
    ratio,
    shadow,
    history,
    routers,
  };
}

function variantOf(seen: RouterState['variants'][Variants]): ReportedVariant {
  const { requests, failures, p50 = null, p95 = null, left = 0, outcome } = seen;
  const { count = 0, mean = null, variance = null } = outcome ?? {};
  const standardDeviation = variance === null ? null : Math.sqrt(variance);
  return { requests, failures, p50, p95, left, outcomes: count, meanOutcome: mean, standardDeviation };
}

/** The rows of the comparison: what it is about, and that of both versions. */
export function rowsOf({ variants: { live, canary } }: Report): [string, string, string][] {
  const row = (title: string, of: (one: ReportedVariant) => string): [string, string, string] => [
    title,
    of(live),
    of(canary),
  ];
  return [
    row('requests', ({ requests }) => String(requests)),
    row('failed', ({ failures, requests }) => `${failures}${shareOf(failures, requests)}`),
    row('left before an answer', ({ left }) => String(left)),
    row('median time', ({ p50 }) => (p50 === null ? '-' : `${p50} ms`)),
    row('95th percentile', ({ p95 }) => (p95 === null ? '-' : `${p95} ms`)),
    row('outcomes', ({ outcomes }) => String(outcomes)),
    row('mean outcome', ({ meanOutcome }) => (meanOutcome === null ? '-' : short(meanOutcome))),
    row('standard deviation', ({ standardDeviation: one }) => (one === null ? '-' : short(one))),
  ];
}

/** What the comparison says, in sentences. */
export function sentencesOf({ because, outcome, better, ratio, shadow, routers }: Report): string[] {
  const said = because === null ? [] : [because];
  said.push(...missingRouters({ routers: routers ?? undefined }));
  if (outcome) {
    const interval = `${short(outcome.low)} to ${short(outcome.high)}`;
    said.push(
      `The mean outcome of the new version minus that of live is ${short(outcome.estimate)}: with ${100 * outcome.confidence} % confidence ${interval}, however often one looks.`,
    );
    if (better)
      said.push(`${better === 'canary' ? 'The new version' : 'What is live'} is shown to be better.`);
  } else
    said.push('Outcomes are compared when both versions have 100: answers with the header x-skill-outcome.');
  if (ratio?.expected != null) {
    const clients = `${ratio.canary} of ${ratio.live + ratio.canary} new clients got the new version, ${Math.round(ratio.expected)} were due`;
    said.push(
      ratio.isOff
        ? `${clients}: too far off to be chance. Clients of one version are lost before their answer, so do not trust the outcomes.`
        : `${clients}: as asked for.`,
    );
  }
  return [...said, ...(shadow ? copiesOf(shadow) : [])];
}

function copiesOf({ same, different, unanswered, leftOut, kinds }: NonNullable<Report['shadow']>): string[] {
  const sum = `Copies of requests: ${same} answered the same, ${different} differently, ${unanswered} not at all; ${leftOut} were left out.`;
  return [sum, ...kinds.map(({ kind, requests }) => `  differs in ${kind}: ${requests} requests`)];
}

function shareOf(part: number, of: number): string {
  return of === 0 ? '' : ` (${short((100 * part) / of)} %)`;
}

/** Three digits are what one can tell apart. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
