import { startTestServer } from '@odoobo/skill-kit/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the endpoint does with one request: the words of a completion, or an answer of its own. */
export type Turn = string | ((response: ServerResponse) => void);

export interface ModelRequest {
  path: string | undefined;
  authorization: string | undefined;
  body: { model: string; messages: { role: string; content: string }[]; response_format?: unknown };
}

/**
 * A server that speaks POST /chat/completions: https://platform.openai.com/docs/api-reference/chat/create.
 * It takes one turn a request, and the last one again for those that follow.
 */
export async function startModelEndpoint() {
  const requests: ModelRequest[] = [];
  let turns: Turn[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(await read(request));
    const turn = (turns.length > 1 ? turns.shift() : turns[0]) ?? '';
    if (typeof turn === 'string') sendJson(response, 200, completion(turn));
    else turn(response);
  };
  const { url, close } = await startTestServer((request, response) => void answer(request, response));
  return {
    url: `${url}/v1`,
    requests,
    /** Says what comes next, and forgets the requests so far. */
    script: (...next: Turn[]) => {
      turns = next;
      requests.length = 0;
    },
    close,
  };
}

export type ModelEndpoint = Awaited<ReturnType<typeof startModelEndpoint>>;

/** A message of another form than a plain text, as some endpoints send it. */
export function sayMessage(message: object): Turn {
  return (response) => sendJson(response, 200, { ...completion(''), choices: [{ index: 0, message }] });
}

/** An error as such endpoints answer it. */
export function failWith(status: number, headers: Record<string, string> = {}): Turn {
  return (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendJson(response, status, {
      error: { message: 'no luck with key sk-secret', type: 'error', code: null },
    });
  };
}

async function read(request: IncomingMessage): Promise<ModelRequest> {
  const body = Buffer.concat(await request.toArray()).toString('utf8');
  const { url: path, headers } = request;
  return { path, authorization: headers.authorization, body: JSON.parse(body) as ModelRequest['body'] };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function completion(content: string) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'test-model',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}
