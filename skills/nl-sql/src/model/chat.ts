import { SkillError } from '@odoobo/skill-kit';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { draftJsonSchema } from './draft.js';
import type { ModelSettings } from './settings.js';

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/**
 * A response of POST /chat/completions: https://platform.openai.com/docs/api-reference/chat/object. Some endpoints return the parts of a
 * content one by one; what a model thought, in fields of other names, is not read.
 */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({ message: z.object({ content: z.union([z.string(), z.array(z.unknown())]).nullish() }) }),
    )
    .min(1),
});

const textPartSchema = z.object({ type: z.literal('text'), text: z.string() });

/** Endpoints that refused to be asked for a JSON schema; they are asked without one from then on. */
const withoutSchema = new WeakSet<ModelSettings>();

/** https://platform.openai.com/docs/guides/structured-outputs */
const responseFormat = {
  type: 'json_schema',
  json_schema: { name: 'query', strict: true, schema: draftJsonSchema },
};

const maxTries = 3;
const firstWaitMs = 500;

/**
 * Sends a conversation to an OpenAI-compatible endpoint and returns what the model says; empty when it says nothing.
 * A busy or broken endpoint is tried three times, which is safe: a completion changes nothing. Written on `fetch`,
 * because it is one call, and the official client no longer runs on Node 20.
 * @throws SkillError 502 or 503 when the endpoint gives no completion, and the signal's reason when it aborts
 */
export async function complete(
  settings: ModelSettings,
  messages: Message[],
  signal: AbortSignal,
): Promise<string> {
  for (let tries = 1; ; tries++) {
    const answer = await attempt(settings, messages, signal);
    if (typeof answer === 'string') return answer;
    if (!answer.canRetry || tries === maxTries) throw answer.error;
    await delay(answer.waitMs ?? firstWaitMs * 2 ** (tries - 1), undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}

interface Failure {
  error: SkillError;
  canRetry: boolean;
  /** As the endpoint asks for in Retry-After, in milliseconds. */
  waitMs?: number | undefined;
}

async function attempt(
  settings: ModelSettings,
  messages: Message[],
  signal: AbortSignal,
): Promise<string | Failure> {
  try {
    let response = await post(settings, messages, signal, !withoutSchema.has(settings));
    if ((response.status === 400 || response.status === 422) && !withoutSchema.has(settings)) {
      await response.body?.cancel();
      response = await post(settings, messages, signal, false);
      if (response.ok) withoutSchema.add(settings);
    }
    const text = await readText(response, maxAnswerBytes);
    return response.ok ? contentOf(text) : failureOf(response, text);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof SkillError) throw cause;
    const message =
      'The model endpoint could not be reached. Check MODEL_BASE_URL, or set "engine": "templates".';
    return { error: new SkillError(502, 'model_unreachable', message, { cause }), canRetry: true };
  }
}

const maxAnswerBytes = 1024 * 1024;

function post(
  settings: ModelSettings,
  messages: Message[],
  signal: AbortSignal,
  asksForSchema: boolean,
): Promise<Response> {
  const { baseUrl, name, key } = settings;
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({
      model: name,
      messages,
      ...(asksForSchema && { response_format: responseFormat }),
    }),
    // The key must not follow a redirect.
    redirect: 'manual',
    signal,
  });
}

function contentOf(text: string): string {
  const parsed = completionSchema.safeParse(parseJson(text));
  if (parsed.success) return textOf(parsed.data.choices[0]?.message.content ?? '');
  throw new SkillError(
    502,
    'unexpected_answer',
    'The response of the model endpoint is not that of /chat/completions. Check MODEL_BASE_URL.',
    { cause: parsed.error },
  );
}

function textOf(content: string | unknown[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => textPartSchema.safeParse(part).data?.text ?? '').join('');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it with a better message.
    return undefined;
  }
}

function failureOf({ status, headers }: Response, text: string): Failure {
  // The body of a refused key may quote the key.
  const cause = status === 401 || status === 403 ? undefined : new Error(text.slice(0, 500));
  if (status === 408 || status === 429 || status >= 500) {
    const message = `The model endpoint is busy or broken (${status}). Try again later, or set "engine": "templates".`;
    const error = new SkillError(503, 'model_unavailable', message, { cause });
    return { error, canRetry: true, waitMs: retryAfterMs(headers) };
  }
  const message = `The model endpoint refused the request (${status}). Check MODEL_ACCESS_KEY, MODEL_NAME and MODEL_BASE_URL.`;
  return { error: new SkillError(502, 'model_refused', message, { cause }), canRetry: false };
}

/** Seconds, as such endpoints send it; a date is left to our own waiting. */
function retryAfterMs(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return seconds >= 0 ? seconds * 1000 : undefined;
}

/**
 * Reads a response's body as UTF-8.
 * @throws SkillError 502 when it is longer than `maxBytes`; what is left of it is not read
 */
async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new SkillError(
        502,
        'answer_too_large',
        `The model endpoint returned more than ${maxBytes} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
