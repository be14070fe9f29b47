import { startTestServer, type TestServer } from '@odoobo/skill-kit/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export const tokenPattern = `${'ghp'}_${'a1B2'.repeat(9)}`;
export const repository = 'acme/shop';
export const pull = `/repos/${repository}/pulls/7`;
export const headCommit = '1f'.repeat(20);

export interface PostedReview {
  commit_id: string;
  event: string;
  body: string;
  comments: { path: string; line: number; side: string; body: string }[];
}

interface StoredReview {
  html_url: string;
  body: string;
  commit_id: string;
  user: { login: string; type: string };
}

/** A repository with one pull request, on a server that answers as GitHub's REST API documents. */
export class GitHubServer {
  /** Method and path of each request, with the last part of its media type. */
  readonly requests: string[] = [];
  readonly posted: PostedReview[] = [];
  readonly reviews: StoredReview[] = [];
  head = headCommit;
  diff = '';
  /** The items that the list of changed files has. */
  files: object[] = [];
  /** Path to text, at the head of the pull request. */
  contents: Record<string, string> = {};
  login: string | undefined = 'review-bot';
  /** Answers instead of the server where it returns true. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;

  private server: TestServer | undefined;

  static async start(): Promise<GitHubServer> {
    const github = new GitHubServer();
    github.server = await startTestServer((request, response) => void github.answer(request, response));
    return github;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  async close(): Promise<void> {
    await this.server?.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const accept = /[^.+/]+(?=\+json$)|[^.]+$/.exec(request.headers.accept ?? '')?.[0] ?? '';
    this.requests.push(`${request.method} ${url.pathname}${url.search} ${accept}`);
    if (this.instead(request, response)) return;
    // A repository answers to its number as well, which is where a renamed one redirects to.
    url.pathname = url.pathname.replace('/repositories/42', `/repos/${repository}`);
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== `Bearer ${tokenPattern}`)
      return refuse(response, 401, 'Bad credentials');
    if (url.pathname === '/user') return this.answerUser(response);
    if (url.pathname === `${pull}/reviews`) return this.answerReviews(request, response, url);
    if (url.pathname === `${pull}/files`) return json(response, 200, page(this.files, url));
    if (url.pathname === pull) return this.answerPull(response, accept);
    const contents = `/repos/${repository}/contents`;
    if (url.pathname.startsWith(contents) && url.searchParams.get('ref') === this.head) {
      return this.answerContents(
        response,
        decodeURIComponent(url.pathname.slice(contents.length + 1)),
        accept,
      );
    }
    return refuse(response, 404, 'Not Found');
  }

  private answerPull(response: ServerResponse, accept: string): void {
    if (accept !== 'diff') return json(response, 200, { number: 7, state: 'open', head: { sha: this.head } });
    response.writeHead(200, { 'content-type': 'application/vnd.github.diff; charset=utf-8' }).end(this.diff);
  }

  private answerUser(response: ServerResponse): void {
    if (this.login === undefined) return refuse(response, 403, 'Resource not accessible by integration');
    return json(response, 200, { login: this.login, type: 'User' });
  }

  private async answerReviews(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method === 'GET') return json(response, 200, page(this.reviews, url));
    const review = JSON.parse(await text(request)) as PostedReview;
    this.posted.push(review);
    const user = this.login ? { login: this.login, type: 'User' } : { login: 'shop[bot]', type: 'Bot' };
    const html_url = `https://github.com/${repository}/pull/7#pullrequestreview-${this.reviews.length + 1}`;
    this.reviews.push({ html_url, body: review.body, commit_id: review.commit_id, user });
    return json(response, 200, this.reviews.at(-1));
  }

  private answerContents(response: ServerResponse, path: string, accept: string): void {
    const file = this.contents[path];
    if (file !== undefined && accept === 'raw') {
      response.writeHead(200, { 'content-type': 'application/vnd.github.raw+json' }).end(file);
      return;
    }
    const prefix = path === '' ? '' : `${path}/`;
    const inside = Object.keys(this.contents).filter((name) => name.startsWith(prefix));
    const names = new Set(inside.map((name) => name.slice(prefix.length).split('/', 1)[0]));
    if (names.size === 0) return refuse(response, 404, 'Not Found');
    return json(
      response,
      200,
      [...names].map((name) => ({ name })),
    );
  }
}

function page<T>(items: T[], { searchParams }: URL): T[] {
  const size = Number(searchParams.get('per_page') ?? 30);
  const start = (Number(searchParams.get('page') ?? 1) - 1) * size;
  return items.slice(start, start + size);
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
