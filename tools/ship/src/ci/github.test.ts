import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { keepComment, type PullRequest } from './github.js';

const token = 'ghs_a-token-that-is-shown-nowhere';

interface Comment {
  id: number;
  body: string;
  html_url: string;
}

/** A server that keeps the comments of pull request 7 of acme/shop, as GitHub does. */
async function startGitHub(bodies: readonly string[] = []) {
  const url = (id: number) => `https://github.example/acme/shop/pull/7#issuecomment-${id}`;
  const comments: Comment[] = bodies.map((body, id) => ({ id, body, html_url: url(id) }));
  const answer = async (request: IncomingMessage, reply: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const sent = await text(request);
    const end = (status: number, body: object) => reply.writeHead(status).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${token}`) return end(401, {});
    const one = /^\/repos\/acme\/shop\/issues\/comments\/(\d+)$/.exec(pathname);
    const { body = '' } = JSON.parse(sent || '{}') as { body?: string };
    if (one && request.method === 'PATCH') {
      return end(200, Object.assign(comments[Number(one[1])] ?? {}, { body }));
    }
    if (pathname !== '/repos/acme/shop/issues/7/comments') return end(404, {});
    if (request.method === 'POST') {
      const id = comments.length;
      return end(201, comments[comments.push({ id, body, html_url: url(id) }) - 1] ?? {});
    }
    const size = Number(searchParams.get('per_page'));
    const from = (Number(searchParams.get('page')) - 1) * size;
    return end(200, comments.slice(from, from + size));
  };
  const server = createServer((request, reply) => void answer(request, reply)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pullRequest: PullRequest = { apiUrl, repository: 'acme/shop', number: 7, token };
  return { pullRequest, comments };
}

it('creates one comment, and updates it from then on, among any number of others', async () => {
  const { pullRequest, comments } = await startGitHub(Array(150).fill('a word of somebody'));
  const url = await keepComment(pullRequest, 'plan', 'first');
  expect(comments).toHaveLength(151);
  comments.push({ id: 151, body: 'a later word', html_url: '' });
  expect(await keepComment(pullRequest, 'plan', 'second')).toBe(url);
  expect(comments).toHaveLength(152);
  expect(comments[150]?.body).toMatch(/\nsecond$/);
  expect(comments.filter(({ body }) => body.includes('word'))).toHaveLength(151);
  await keepComment(pullRequest, 'preview', 'third');
  expect(comments.slice(150).map(({ body }) => body.split('\n').at(-1))).toEqual([
    'second',
    'a later word',
    'third',
  ]);
});

it('reports what GitHub refuses and which permission it needs, without the token', async () => {
  const { pullRequest } = await startGitHub();
  const refused = keepComment({ ...pullRequest, number: 8 }, 'plan', 'x');
  await expect(refused).rejects.toThrow(
    'Cannot comment on pull request 8 of acme/shop: GET issues/8/comments?per_page=100&page=1 got status 404. The token needs the permission pull-requests: write',
  );
  await expect(refused).rejects.not.toThrow(token);
  await expect(keepComment({ ...pullRequest, apiUrl: 'http://127.0.0.1:1' }, 'plan', 'x')).rejects.toThrow(
    'http://127.0.0.1:1 cannot be reached',
  );
});
