import * as z from 'zod';
import type { Tokens } from './budget.js';
import type { Prompt } from './prompt.js';
import type { ModelApi, ModelSettings } from './settings.js';

/** What a model said. */
export interface Completion {
  text: string;
  /** It ended at its limit of output and not by itself. */
  cut: boolean;
  /** As the endpoint counts; nothing where it does not say. */
  used: Tokens | undefined;
}

export interface Api {
  path: string;
  headers(key: string): Record<string, string>;
  /** @param newName for models that know the limit of output by its newer name only */
  body(prompt: Prompt, settings: ModelSettings, newName: boolean): object;
  /** @returns nothing when the answer has another form */
  read(answer: unknown): Completion | undefined;
}

const count = z.int().min(0).max(1e9);

const chatSchema = z.object({
  choices: z
    .array(
      z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).optional().catch(undefined),
});

const messageSchema = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullish(),
  usage: z.object({ input_tokens: count, output_tokens: count }).optional().catch(undefined),
});

/** https://platform.openai.com/docs/api-reference/chat/create, which many others speak too. */
const openai: Api = {
  path: '/chat/completions',
  headers: (key) => ({ authorization: `Bearer ${key}` }),
  body: ({ system, user }, { name, maxOutputTokens }, newName) => ({
    model: name,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    [newName ? 'max_completion_tokens' : 'max_tokens']: maxOutputTokens,
  }),
  read: (answer) => {
    const { data } = chatSchema.safeParse(answer);
    const choice = data?.choices[0];
    if (!choice) return undefined;
    const { usage } = data;
    return {
      text: choice.message.content ?? '',
      cut: choice.finish_reason === 'length',
      used: usage && { input: usage.prompt_tokens, output: usage.completion_tokens },
    };
  },
};

/** https://docs.anthropic.com/en/api/messages */
const anthropic: Api = {
  path: '/messages',
  headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  body: ({ system, user }, { name, maxOutputTokens }) => ({
    model: name,
    system,
    messages: [{ role: 'user', content: user }],
    max_tokens: maxOutputTokens,
  }),
  read: (answer) => {
    const { data } = messageSchema.safeParse(answer);
    if (!data) return undefined;
    const { usage } = data;
    return {
      text: data.content.map(({ text = '' }) => text).join(''),
      cut: data.stop_reason === 'max_tokens',
      used: usage && { input: usage.input_tokens, output: usage.output_tokens },
    };
  },
};

export const apis: Record<ModelApi, Api> = { openai, anthropic };
