import { once } from 'node:events';
import { commandOf, type SkillCommand, type SkillPlace } from '../manifest/skill-place.js';
import { placeSkills } from '../placement/place-skills.js';
import { Journal } from '../records/journal.js';
import { runName } from '../records/run-name.js';
import type { Status } from '../records/status.js';
import { StatusFile } from '../records/status-file.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { type LiveSkills, readLiveSkills, suffixOf } from '../runs/live-skills.js';
import { smokeTestOptions } from '../smoke-test/options.js';
import type { SkillReport } from '../smoke-test/report.js';
import { TestSession } from '../smoke-test/test-session.js';
import { describeError } from '../terminal/describe-error.js';
import { traceHeaders } from '../trace/trace-ids.js';
import { Checkouts } from './checkouts.js';
import type { Candidate, MergeRun, Proof, RefusedMerge, Verified } from './merge-run.js';
import { type HeadProof, proveHead } from './prove-head.js';
import { proveAgain, suffixesOf } from './refusal.js';

/** What is needed to verify a branch. */
interface Verification {
  run: MergeRun;
  skills: LiveSkills;
  checkouts: Checkouts;
  tests: TestSession;
  /** The records of deploys. */
  records: Status;
}

/**
 * Checks for each branch that its head is live, healthy and passes its smoke tests now.
 * @throws when the platform cannot be reached
 */
export async function verifySkills(
  candidates: readonly Candidate[],
  run: MergeRun,
): Promise<(Verified | RefusedMerge)[]> {
  const { options, workspaceRoot, env } = run;
  const skills = await readLiveSkills(options, workspaceRoot, env);
  run.onVerify(candidates.length, skills.label);
  const name = runName(env, 'merge');
  const tests = await TestSession.start({
    ...run,
    folders: workspaceFolders(workspaceRoot),
    options: smokeTestOptions.parse({ environment: options.environment, platformUrl: options.platformUrl }),
    platform: skills.label,
    headersFor: (skill) => traceHeaders(name, skill),
  });
  const checkouts = new Checkouts(run);
  try {
    const records = readRecords(workspaceRoot);
    const verification = { run, skills, checkouts, tests, records };
    const verifying = candidates.map((candidate) => verify(candidate, verification));
    const verified = await unlessAborted(Promise.all(verifying), run.signal);
    await tests.finish();
    return verified;
  } finally {
    await checkouts.remove();
  }
}

function readRecords(workspaceRoot: string): Status {
  const { status, journal } = workspaceFolders(workspaceRoot);
  return new StatusFile(status, new Journal(journal)).read();
}

async function verify(candidate: Candidate, verification: Verification): Promise<Verified | RefusedMerge> {
  try {
    return { candidate, proof: await prove(candidate, verification) };
  } catch (error) {
    const { place, branch } = candidate;
    const advice = proveAgain(candidate, suffixesOf(verification.run.options));
    return { skill: place.skill, outcome: 'refused', branch, reason: describeError(error), advice };
  }
}

/** @throws why the branch cannot be merged, and what to do */
async function prove(candidate: Candidate, verification: Verification): Promise<Proof> {
  const { run, checkouts } = verification;
  const { place, provide } = await checkouts.at(candidate);
  const apps = (await placeSkills([place], run.options)).get(place.skill) ?? [];
  const proofs = await Promise.all(apps.map((app) => proveApp(app, { ...verification, candidate, provide })));
  return allOf(proofs);
}

/** What is proved of an app of a skill. */
interface AppToProve extends Verification, Pick<HeadProof, 'candidate' | 'provide'> {}

/** @throws why the branch cannot be merged because of this app */
async function proveApp(
  place: SkillPlace,
  { run, skills, tests, records, candidate, provide }: AppToProve,
): Promise<Proof> {
  const { live } = await skills.find(place);
  await proveHead({ candidate, place, provide, live, records });
  const report = await tests.test(place, skills);
  if (!report.success)
    throw new Error(failure(report, commandOf([place], place.skill, suffixOf(run.options))));
  return {
    environment: run.options.environment,
    deployment: live.deploymentId,
    ...(live.digest !== undefined && { digest: live.digest }),
    url: live.url,
    verifiedAt: new Date().toISOString(),
  };
}

/** The proof of a skill: that of its app, or of all its placements. */
function allOf(proofs: readonly Proof[]): Proof {
  const [first, ...others] = proofs;
  if (!first) throw new Error('it has none of these placements');
  const deployment = [first, ...others].map((one) => one.deployment).join(', ');
  return { ...first, deployment, url: [first, ...others].map(({ url }) => url).join(', ') };
}

function failure({ stages }: SkillReport, command: SkillCommand): string {
  const problems = stages.flatMap(({ name, problems }) =>
    problems.map((problem) => `\n  ${name}: ${problem}`),
  );
  return `the live version fails its smoke test:${problems.join('')}\nSee all problems: ${command('smoke-test')}`;
}

/** Requests to services have their own deadlines; an interrupted run does not wait for them. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const done = new AbortController();
  const interruption = once(signal, 'abort', { signal: done.signal }).then(() => {
    throw signal.reason;
  });
  interruption.catch(() => {});
  return Promise.race([work, interruption]).finally(() => done.abort());
}
