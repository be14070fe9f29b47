import * as http from 'node:http';
import * as https from 'node:https';
import { SkillError } from '@odoobo/skill-kit';
import type { Permission } from './allowed-hosts.js';
import { guardedLookup, refuseForbiddenLiteral } from './guarded-lookup.js';

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/** A connection to one Odoo, for the calls of one request. */
export interface Connection {
  post(body: string, signal: AbortSignal): Promise<string>;
  close(): void;
}

/**
 * Opens nothing yet; `post` sends JSON to `endpoint` and returns the body of a 200. Redirects are not followed: they
 * could lead to a host that nobody allowed.
 * @throws SkillError 403 for a forbidden address; from `post` also 502 and 504 for what goes wrong on the way
 */
export function openConnection(endpoint: URL, permission: Permission): Connection {
  refuseForbiddenLiteral(endpoint, permission);
  const { Agent, request } = endpoint.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const options = { agent, lookup: guardedLookup(permission), method: 'POST' };
  return {
    close: () => agent.destroy(),
    post: async (body, signal) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      try {
        return await send(request(endpoint, { ...options, headers, signal }), body, endpoint);
      } catch (error) {
        throw asSkillError(error, endpoint, signal);
      }
    },
  };
}

async function send(request: http.ClientRequest, body: string, endpoint: URL): Promise<string> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end(body);
  });
  const status = response.statusCode ?? 0;
  if (status !== 200) {
    response.destroy();
    const what =
      status >= 300 && status < 400 ? 'redirects, and redirects are not followed' : `answered ${status}`;
    throw new SkillError(
      502,
      'unexpected_answer',
      `${endpoint.href} ${what}. Is this the address of Odoo itself?`,
    );
  }
  return readText(response, endpoint);
}

async function readText(response: http.IncomingMessage, endpoint: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      const message = `${endpoint.host} answered more than 10 MiB. Ask for fewer records or fields.`;
      throw new SkillError(502, 'answer_too_large', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asSkillError(error: unknown, { host }: URL, signal: AbortSignal): SkillError {
  if (error instanceof SkillError) return error;
  if (signal.aborted) {
    return new SkillError(504, 'odoo_timeout', `${host} did not answer in time.`, { cause: error });
  }
  const { code = 'broken connection' } = error as NodeJS.ErrnoException;
  return new SkillError(502, 'odoo_unreachable', `Could not reach ${host}: ${code}.`, { cause: error });
}
