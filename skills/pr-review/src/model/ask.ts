import { SkillError } from '@odoobo/skill-kit';
import { type GuardedAnswer, requestGuarded } from '@odoobo/skill-kit/outgoing';
import { setTimeout as delay } from 'node:timers/promises';
import { apis, type Completion } from './apis.js';
import type { Prompt } from './prompt.js';
import type { ModelSettings } from './settings.js';

/** Many times what the longest allowed answer has. */
const maxAnswerBytes = 1024 * 1024;
const maxTries = 3;

/** Between tries, where the endpoint names no time. */
const waitMs = 1_000;
const maxWaitMs = 5_000;

/**
 * Sends the prompt and returns what the model says. A busy endpoint is asked again.
 * @throws SkillError 502 or 503 that says what to check; never with the key, nor with what the endpoint said, which can repeat it
 */
export async function ask(settings: ModelSettings, prompt: Prompt, signal: AbortSignal): Promise<Completion> {
  let newName = false;
  for (let tries = 1; ; tries++) {
    const answer = await post(settings, prompt, newName, signal);
    if (answer.status === 200) return completionOf(answer, settings);
    // "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    if (answer.status === 400 && !newName && answer.text.includes('max_completion_tokens')) newName = true;
    else if (tries === maxTries || !isBusy(answer) || waitOf(answer) > maxWaitMs) throw failure(answer);
    else await wait(waitOf(answer), signal);
  }
}

function post(
  settings: ModelSettings,
  prompt: Prompt,
  newName: boolean,
  signal: AbortSignal,
): Promise<GuardedAnswer> {
  const { baseUrl, key, api } = settings;
  const { path, headers, body } = apis[api];
  return requestGuarded(new URL(`${baseUrl.href.replace(/\/$/, '')}${path}`), {
    // The operator chose the address, which is often in the operator's own network.
    reachOf: () => 'own-network',
    headers: { 'content-type': 'application/json', ...(key && headers(key)) },
    body: JSON.stringify(body(prompt, settings, newName)),
    maxBytes: maxAnswerBytes,
    signal,
  });
}

function completionOf({ text }: GuardedAnswer, { api }: ModelSettings): Completion {
  const completion = apis[api].read(parseJson(text));
  if (completion) return completion;
  const message = `The model endpoint returned something else than ${apis[api].path}. Check MODEL_BASE_URL and MODEL_API.`;
  throw new SkillError(502, 'model_unexpected_answer', message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isBusy({ status }: GuardedAnswer): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Milliseconds, as the endpoint asks for in Retry-After. */
function waitOf({ headers }: GuardedAnswer): number {
  const seconds = Number(headers['retry-after'] ?? NaN);
  return seconds >= 0 ? seconds * 1000 : waitMs;
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    throw signal.reason;
  });
}

function failure(answer: GuardedAnswer): SkillError {
  const { status } = answer;
  if (isBusy(answer)) {
    return new SkillError(503, 'model_unavailable', `The model endpoint is busy or broken (${status}).`);
  }
  const message = `The model endpoint refused the request (${status}). Check MODEL_ACCESS_KEY, MODEL_NAME, MODEL_BASE_URL and MODEL_API.`;
  return new SkillError(502, 'model_refused', message);
}
