import { SkillError } from '@odoobo/skill-kit';
import type * as z from 'zod';
import { type Refusal, refusalError } from './refusal.js';
import type { GitHubSettings } from './settings.js';

export const jsonType = 'application/vnd.github+json';
const maxJsonBytes = 16 * 1024 * 1024;

/** GitHub sends a renamed repository's requests on to its number. */
const maxRedirects = 3;

export interface Request {
  path: string;
  accept?: string;
  maxBytes?: number;
  /** Makes it a POST. */
  body?: unknown;
}

export type Answer = ({ ok: true; body: string } | ({ ok: false } & Refusal)) & { status: number };

/** GitHub's REST API for one call of the skill. Nothing is sent twice. */
export class GitHub {
  constructor(
    private readonly settings: GitHubSettings,
    /** What the errors speak of, as in `acme/shop#7`. */
    private readonly asked: string,
    private readonly signal: AbortSignal,
  ) {}

  get hasToken(): boolean {
    return this.settings.token !== undefined;
  }

  /** @throws SkillError that says what GitHub refused, or that it answered something else than the schema */
  async json<S extends z.ZodType>(schema: S, request: Request): Promise<z.output<S>> {
    const text = await this.text(request);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new SkillError(502, 'github_error', `GitHub returned an unexpected response for ${this.asked}.`, {
      cause: parsed.error,
    });
  }

  /** @throws SkillError that says what GitHub refused */
  async text(request: Request): Promise<string> {
    const answer = await this.send(request);
    if (answer.ok) return answer.body;
    throw this.errorOf(answer);
  }

  errorOf(refusal: Refusal): SkillError {
    return refusalError(this.asked, refusal, this.hasToken);
  }

  /** @throws SkillError 502 when GitHub cannot be reached or says too much, 504 when it is too slow */
  async send(request: Request): Promise<Answer> {
    let url = new URL(`${this.settings.apiUrl}${request.path}`);
    try {
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const response = await this.fetchOnce(url, request);
        const next = redirectOf(response, url, request);
        if (!next) return await this.read(response, request.maxBytes ?? maxJsonBytes);
        await response.body?.cancel();
        url = next;
      }
    } catch (error) {
      throw this.asSkillError(error);
    }
    throw new SkillError(502, 'github_error', `GitHub does not stop sending ${this.asked}.`);
  }

  private fetchOnce(url: URL, { accept = jsonType, body }: Request): Promise<Response> {
    const { token } = this.settings;
    return fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept,
        'user-agent': 'pr-review',
        'x-github-api-version': '2022-11-28',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: this.signal,
    });
  }

  private async read(response: Response, maxBytes: number): Promise<Answer> {
    const { status, headers, ok } = response;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) {
        const message = `${this.asked} is larger than the ${maxBytes / 1024 / 1024} MiB that this skill reads.`;
        throw new SkillError(422, 'too_large', message);
      }
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString('utf8');
    return ok ? { ok, status, body } : { ok, status, headers, body };
  }

  private asSkillError(error: unknown): unknown {
    if (error instanceof SkillError) return error;
    // The reason of an abort says who was too slow or went away.
    if (this.signal.aborted) return this.signal.reason;
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    const { host } = new URL(this.settings.apiUrl);
    const message = `Could not reach GitHub at ${host}: ${cause?.code ?? 'broken connection'}. Try again.`;
    return new SkillError(502, 'github_unreachable', message, { cause: error });
  }
}

/** @throws SkillError 502 for a redirect to another host, which must not see the token, or of a request that writes */
function redirectOf(response: Response, from: URL, { body }: Request): URL | undefined {
  const location = response.headers.get('location');
  if (response.status < 300 || response.status >= 400 || location === null) return undefined;
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next?.origin === from.origin && body === undefined) return next;
  throw new SkillError(
    502,
    'github_error',
    'GitHub redirects to another host, which is not followed. Check GITHUB_API_URL.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
