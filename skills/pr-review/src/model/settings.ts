import { SkillError } from '@odoobo/skill-kit';

export type ModelApi = 'openai' | 'anthropic';

/** US dollars for a million tokens. */
export interface Prices {
  input: number;
  output: number;
}

export interface ModelSettings {
  api: ModelApi;
  /** Up to and without `/chat/completions` or `/messages`. */
  baseUrl: URL;
  name: string;
  /** Absent for an endpoint that asks for none, such as one on the same machine. */
  key: string | undefined;
  /** Largest estimated size of one request. */
  maxInputTokens: number;
  maxOutputTokens: number;
  /** What all calls together may use in a day (UTC). */
  maxTokensPerDay: number;
  prices: Prices | undefined;
  /** In US dollars; it needs prices. */
  maxCostPerDay: number;
  timeoutMs: number;
}

/** DigitalOcean's serverless inference: https://docs.digitalocean.com/products/inference/how-to/use-serverless-inference/ */
const baseUrls: Record<ModelApi, string> = {
  openai: 'https://inference.do-ai.run/v1',
  anthropic: 'https://api.anthropic.com/v1',
};

/**
 * Reads the variables that start with MODEL_; nothing where MODEL_NAME, which turns the model on, is not set.
 * @throws SkillError 503 that names a malformed variable
 */
export function modelSettings(env: NodeJS.ProcessEnv): ModelSettings | undefined {
  const name = env['MODEL_NAME'];
  if (!name) return undefined;
  const api = apiOf(env['MODEL_API'] || 'openai');
  const key = env['MODEL_ACCESS_KEY'] || undefined;
  const prices = pricesOf(env['MODEL_PRICES']);
  const number = (variable: string, most: number, standard: number) =>
    numberOf(variable, env[variable], most, standard);
  const maxCostPerDay = number('MODEL_MAX_COST_PER_DAY', 100_000, Infinity);
  if (maxCostPerDay !== Infinity && !prices)
    throw misconfigured('MODEL_MAX_COST_PER_DAY needs MODEL_PRICES.');
  return {
    api,
    baseUrl: baseUrlOf(env['MODEL_BASE_URL'] || baseUrls[api], key),
    name,
    key,
    maxInputTokens: number('MODEL_MAX_INPUT_TOKENS', 200_000, 30_000),
    maxOutputTokens: number('MODEL_MAX_OUTPUT_TOKENS', 64_000, 4_000),
    maxTokensPerDay: number('MODEL_MAX_TOKENS_PER_DAY', 1e9, 1_000_000),
    prices,
    maxCostPerDay,
    timeoutMs: number('MODEL_TIMEOUT_SECONDS', 20, 20) * 1000,
  };
}

function apiOf(text: string): ModelApi {
  if (text === 'openai' || text === 'anthropic') return text;
  throw misconfigured('MODEL_API is neither openai nor anthropic.');
}

/** A key must not be readable on the way, so it goes by https or to the same machine only. */
function baseUrlOf(text: string, key: string | undefined): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/\/+$/, '')) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw misconfigured('MODEL_BASE_URL is not an http or https URL without credentials.');
  }
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || isLoopback || key === undefined) return url;
  throw misconfigured('MODEL_BASE_URL needs https, because MODEL_ACCESS_KEY is set.');
}

function pricesOf(text: string | undefined): Prices | undefined {
  if (!text) return undefined;
  const [input = NaN, output = NaN, ...more] = text.split('/').map(Number);
  if (input >= 0 && output >= 0 && more.length === 0) return { input, output };
  throw misconfigured(
    'MODEL_PRICES is not input/output in US dollars for a million tokens, such as 0.15/0.60.',
  );
}

function numberOf(variable: string, text: string | undefined, most: number, standard: number): number {
  if (!text) return standard;
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw misconfigured(`${variable} is not a number above 0, up to ${most}.`);
}

function misconfigured(message: string): SkillError {
  return new SkillError(503, 'misconfigured', message);
}
