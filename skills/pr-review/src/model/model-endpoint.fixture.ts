import { startTestServer } from '@odoobo/skill-kit/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the endpoint does with one request: the words of a completion, or an answer of its own. */
export type Turn = string | ((response: ServerResponse) => void);

export interface ModelRequest {
  path: string | undefined;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown> & { messages: { role: string; content: string }[] };
}

export const endpointKey = `${'sk'}-never-show-this-key`;

/**
 * A server that speaks POST /chat/completions (https://platform.openai.com/docs/api-reference/chat/create) and POST /messages
 * (https://docs.anthropic.com/en/api/messages). It takes one turn a request, and the last one again for those that follow.
 */
export async function startModelEndpoint() {
  const requests: ModelRequest[] = [];
  let turns: Turn[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path, headers } = request;
    requests.push({ path, headers, body: JSON.parse(await text(request)) as ModelRequest['body'] });
    const turn = (turns.length > 1 ? turns.shift() : turns[0]) ?? '';
    if (typeof turn !== 'string') turn(response);
    else sendJson(response, 200, path?.endsWith('/messages') ? message(turn) : completion(turn));
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

/** The answer that the skill asks for. */
export function comments(...items: object[]): string {
  return JSON.stringify({ comments: items });
}

/** An error that repeats the key, as some endpoints do. */
export function failWith(status: number, said = '', headers: Record<string, string> = {}): Turn {
  return (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendJson(response, status, { error: { message: `${said} Incorrect API key provided: ${endpointKey}` } });
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function completion(content: string | null, finish_reason = 'stop') {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'test-model',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason }],
    usage: { prompt_tokens: 1_000, completion_tokens: 50, total_tokens: 1_050 },
  };
}

function message(said: string) {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'test-model',
    content: [{ type: 'text', text: said }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1_000, output_tokens: 50 },
  };
}
