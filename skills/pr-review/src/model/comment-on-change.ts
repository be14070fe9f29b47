import { SkillError, withDeadline } from '@odoobo/skill-kit';
import type { ChangedFile } from '../diff/parse-diff.js';
import type { Issue, ModelReview } from '../schema.js';
import { ask } from './ask.js';
import { type Budget, costOf, type Tokens } from './budget.js';
import { estimateTokens, type Excerpt, excerptOf } from './excerpt.js';
import { type Prompt, promptOf } from './prompt.js';
import { readComments } from './read-comments.js';
import { type ModelSettings, modelSettings } from './settings.js';

/** The prompt tells a model of so many lines that a rule has reported. */
const maxReported = 100;

/** What the instructions take of the input. */
const instructionTokens = 1_500;

export interface ModelOptions {
  env: NodeJS.ProcessEnv;
  budget: Budget;
  /** Milliseconds until the whole review must be ready. */
  msLeft: number;
  signal: AbortSignal;
}

/**
 * Lets a language model comment on a change. It never changes the review: what it says is kept apart from the issues, and whatever
 * goes wrong with it is reported in the result.
 * @throws the reason of `signal` when that aborts
 */
export async function commentOnChange(
  files: ChangedFile[],
  issues: Issue[],
  options: ModelOptions,
): Promise<ModelReview> {
  const nothing = { comments: [], dropped_comments: 0, not_read: [] };
  try {
    const settings = modelSettings(options.env);
    if (!settings) return { status: 'not_configured', ...nothing, problem: notConfigured };
    const room = Math.max(0, settings.maxInputTokens - instructionTokens);
    const excerpt = await excerptOf(files, issues, room, options.signal);
    const { notRead: not_read } = excerpt;
    const model = settings.name;
    if (excerpt.places.size === 0) return { status: 'nothing_to_read', model, ...nothing, not_read };
    const result = await reviewed(excerpt, issues, settings, options);
    return { model, ...nothing, not_read, ...result };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof SkillError)) throw error;
    return { status: 'failed', ...nothing, problem: problemOf(error) };
  }
}

const notConfigured = {
  code: 'no_model',
  message: 'This skill has no model. Its operator sets MODEL_NAME, MODEL_BASE_URL and MODEL_ACCESS_KEY.',
};

type Result = Pick<ModelReview, 'status'> & Partial<ModelReview>;

async function reviewed(
  { text, places }: Excerpt,
  issues: Issue[],
  settings: ModelSettings,
  options: ModelOptions,
): Promise<Result> {
  const prompt = promptOf(text, reportedIds(places, issues));
  const { completion, used } = await spend(prompt, settings, options);
  const tokens = used && { tokens: used, ...(settings.prices && { cost_usd: costOf(used, settings) }) };
  const read = readComments(completion.text, places);
  if (read) return { status: 'done', comments: read.comments, dropped_comments: read.dropped, ...tokens };
  const message = completion.cut
    ? 'The answer of the model was cut off. Raise MODEL_MAX_OUTPUT_TOKENS.'
    : 'The model did not answer in the form that it was asked for.';
  return { status: 'failed', problem: { code: 'model_unusable_answer', message }, ...tokens };
}

function reportedIds(places: Excerpt['places'], issues: Issue[]): string[] {
  const reported = new Set(issues.map(({ file, line, side }) => JSON.stringify([file, line, side])));
  return [...places]
    .filter(([, { file, line, side }]) => reported.has(JSON.stringify([file, line, side])))
    .map(([id]) => id)
    .slice(0, maxReported);
}

/** Codes of failures after which nothing is paid. */
const unpaid = ['model_refused', 'model_unavailable', 'unreachable'];

async function spend(prompt: Prompt, settings: ModelSettings, { budget, msLeft, signal }: ModelOptions) {
  const most: Tokens = {
    input: estimateTokens(prompt.system) + estimateTokens(prompt.user),
    output: settings.maxOutputTokens,
  };
  const settle = budget.take(most, settings);
  const ms = Math.max(0, Math.min(settings.timeoutMs, msLeft));
  const late = new SkillError(504, 'model_timeout', `The model did not answer within ${Math.round(ms)} ms.`);
  try {
    const completion = await withDeadline(ms, late, signal, (timed) => ask(settings, prompt, timed));
    if (completion.used) settle(completion.used);
    return { completion, used: completion.used };
  } catch (error) {
    if (error instanceof SkillError && unpaid.includes(error.code)) settle({ input: 0, output: 0 });
    throw error;
  }
}

function problemOf({ code, message }: SkillError) {
  return { code, message };
}
