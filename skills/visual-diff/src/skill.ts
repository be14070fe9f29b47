import { defineSkill, SkillError, withDeadline } from '@odoobo/skill-kit';
import { callerUrl, reachOrPublic, refuseForbiddenHost } from '@odoobo/skill-kit/outgoing';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bucketOf, filesInBucket } from './baselines/bucket.js';
import { filesInFolder } from './baselines/files.js';
import { BaselineStore } from './baselines/store.js';
import { examples } from './examples.js';
import { compareImages, minSsim } from './images/compare.js';
import { readImage } from './images/read-image.js';
import { reportOf } from './report/report.js';
import { type CheckInput, type Input, inputSchema, type Output, outputSchema } from './schema.js';
import { Turns } from './turns.js';

/** Within the 25 s that a skill has to finish its requests in when it is asked to stop. */
const defaultCheckTimeoutMs = 24_000;

/**
 * The skill with its settings: VISUAL_DIFF_BASELINES (a folder or a bucket), VISUAL_DIFF_ALLOWED_HOSTS (hosts that may be looked at
 * though they are not public) and CHROMIUM_PATH.
 */
export function visualDiffSkill(env: NodeJS.ProcessEnv, checkTimeoutMs = defaultCheckTimeoutMs) {
  const address = env['VISUAL_DIFF_BASELINES'];
  const bucket = bucketOf(address, env);
  const files = bucket
    ? filesInBucket(bucket)
    : filesInFolder(address ?? join(tmpdir(), 'visual-diff-baselines'));
  const store = new BaselineStore(files);
  const durable = address !== undefined;
  const turns = new Turns();
  const comparing = new Turns();

  async function look(input: CheckInput, outer: AbortSignal): Promise<Output> {
    const url = callerUrl(input.url, 'url');
    const list = { variable: 'VISUAL_DIFF_ALLOWED_HOSTS', value: env['VISUAL_DIFF_ALLOWED_HOSTS'] };
    const reachOf = (each: URL) => reachOrPublic(each, list);
    // Before a browser is started for it.
    await refuseForbiddenHost(url, reachOf(url));
    const { check } = await import('./check.js');
    const late = `The pages took longer than ${checkTimeoutMs / 1000} s. Request fewer routes or viewports.`;
    const results = await withDeadline(
      checkTimeoutMs,
      new SkillError(504, 'timeout', late),
      outer,
      (signal) =>
        turns.take(signal, () =>
          check(input, { url, reachOf, store, executable: env['CHROMIUM_PATH'], signal }),
        ),
    );
    const pass = results.every(({ status }) => status === 'passed');
    return { operation: 'check', pass, durable, results };
  }

  async function invoke(input: Input, signal: AbortSignal): Promise<Output> {
    switch (input.operation) {
      case 'compare':
        return { operation: 'compare', ...(await comparing.take(signal, () => compare(input))) };
      case 'check':
        return look(input, signal);
      case 'approve':
        return {
          operation: 'approve',
          durable,
          approved: await store.approve(input.project, input.screenshots),
        };
      case 'list':
        return { operation: 'list', durable, ...(await store.list(input.project)) };
    }
  }

  return defineSkill({
    input: inputSchema,
    output: outputSchema,
    // Two screenshots of full pages, a third larger in base64.
    bodyLimit: 32 * 1024 * 1024,
    examples,
    invoke: (input, { signal }) => invoke(input, signal),
  });
}

async function compare(input: Extract<Input, { operation: 'compare' }>) {
  const [before, after] = await Promise.all([
    readImage(input.before, 'before'),
    readImage(input.after, 'after'),
  ]);
  const comparison = await compareImages(before, after, {
    minSsim: input.min_ssim,
    maxChangedRatio: input.max_changed_ratio,
    defaultMinSsim: minSsim.desktop,
    colorThreshold: input.color_threshold,
    maxShift: input.max_shift,
    masks: input.masks,
  });
  if (!input.report) return comparison;
  return { ...comparison, report: reportOf({ title: 'Two images', ...input, comparison }) };
}

export const skill = visualDiffSkill(process.env);
