import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Command, Refusal } from './rollout.js';
import { type Said, saidSchema } from './said.js';
import type { RouterState } from './state.js';

/** Where the state is read and commands are taken, with the secret as bearer token. Without it the path belongs to the service. */
export const statePath = '/.well-known/skill-router';

/** A command is short; what routers say to each other has some kilobytes for each of them. */
const longest = 1024 * 1024;

/** Of another router. */
const tellingSchema = z.strictObject({ said: saidSchema });

const commandSchema = z.strictObject({
  rollout: z.string(),
  do: z.enum(['approve', 'hold', 'go-on', 'abort']),
  step: z.int().min(0).optional(),
  because: z.string().max(500).optional(),
});

const statusOf = { stale: 409, impossible: 400 };

export interface Controlled {
  readonly state: RouterState;
  /** Does what a command says, or says why not. */
  command(command: Command): Refusal | undefined;
  /** What this router tells others. */
  readonly said: Said;
  /** Takes over what another router knows. */
  learn(said: Said): void;
}

/** Whether a request is for the router itself: only who has the secret can tell that there is one. */
export function isControl({ url, method, headers }: IncomingMessage, secret: string): boolean {
  if (url !== statePath || (method !== 'GET' && method !== 'POST')) return false;
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${secret}`));
}

/** Answers with the state, for a POST after its command was done. */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  controlled: Controlled,
): Promise<void> {
  if (request.method === 'GET') return send(response, 200, controlled.state);
  if (request.headers.expect !== undefined) response.writeContinue();
  const text = await bodyOf(request).catch(() => undefined);
  // The client is gone.
  if (text === undefined) return;
  const value = valueOf(text);
  const telling = tellingSchema.safeParse(value);
  if (telling.success) {
    controlled.learn(telling.data.said);
    return send(response, 200, controlled.said);
  }
  const command = commandIn(value);
  if (typeof command === 'string') return send(response, 400, { error: command });
  const refusal = controlled.command(command);
  if (refusal) send(response, statusOf[refusal.kind], { error: refusal.because });
  else send(response, 200, controlled.state);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= longest) chunks.push(chunk);
  }
  return bytes > longest ? '' : Buffer.concat(chunks).toString('utf8');
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @returns the command, or what is wrong with it */
function commandIn(value: unknown): Command | string {
  if (value === undefined)
    return 'Expected a command as JSON, such as {"rollout": "shop-42", "do": "approve", "step": 3}.';
  const result = commandSchema.safeParse(value);
  if (result.success) return result.data;
  return result.error.issues
    .map(({ path, message }) => `${path.join('/') || '(all)'}: ${message}`)
    .join('\n');
}

function send(response: ServerResponse, status: number, value: object): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(`${JSON.stringify(value)}\n`);
}
