import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Command, Refusal, RouterState } from './rollout.js';

/** Where the state is read and commands are taken, with the secret as bearer token. Without it the path belongs to the service. */
export const statePath = '/.well-known/skill-router';

/** A command is short. */
const longest = 4096;

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
  const command = parsed(text);
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

/** @returns the command, or what is wrong with it */
function parsed(text: string): Command | string {
  try {
    const result = commandSchema.safeParse(JSON.parse(text));
    if (result.success) return result.data;
    return result.error.issues
      .map(({ path, message }) => `${path.join('/') || '(all)'}: ${message}`)
      .join('\n');
  } catch {
    return `Expected a command as JSON of at most ${longest} bytes, such as {"rollout": "shop-42", "do": "approve", "step": 3}.`;
  }
}

function send(response: ServerResponse, status: number, value: object): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(`${JSON.stringify(value)}\n`);
}
