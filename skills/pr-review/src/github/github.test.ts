import { callSkill, closedHost } from '@odoobo/skill-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patch } from '../review.fixture.js';
import { prReviewSkill } from '../skill.js';
import { GitHubServer, headCommit, pull, refuse, repository, tokenPattern } from './github-server.fixture.js';

let github: GitHubServer;

beforeEach(async () => {
  github = await GitHubServer.start();
});

afterEach(() => github.close());

/** Calls the skill for the pull request; it has a token for the repository unless `env` says otherwise. */
function call(input: object = {}, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) {
  const own = {
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: tokenPattern,
    GITHUB_REPOSITORIES: 'acme/*',
    ...env,
  };
  return callSkill(prReviewSkill(own, timeoutMs), { repository, pr_number: 7, ...input });
}

const oldCode = `${'// a line\n'.repeat(20)}export function total(cart) {\n${'  add();\n'.repeat(12)}  return 1;\n}\n`;
const newCode = oldCode.replace('return 1', 'return eval(cart)');

describe('a pull request', () => {
  it('is reviewed by its diff and the whole files at its head', async () => {
    github.diff = patch('src/my cart.js', oldCode, newCode);
    github.contents['src/my cart.js'] = newCode;
    const { output } = await call();
    expect(output?.issues).toMatchObject([{ type: 'injection', file: 'src/my cart.js', line: 34 }]);
    // The hunk shows four lines of the function: only the whole file has its name, and how it was before.
    expect(output?.files).toMatchObject([
      { read_as: 'whole', functions: [{ name: 'total', line: 21, complexity: 1, before: 1 }] },
    ]);
    expect(output?.posted_review).toBeUndefined();
    expect(github.requests).toEqual([
      `GET ${pull} github`,
      `GET ${pull} diff`,
      `GET /repos/acme/shop/contents?ref=${headCommit} github`,
      `GET /repos/acme/shop/contents/src/my%20cart.js?ref=${headCommit} raw`,
    ]);
  });

  it('is reviewed by what the diff shows where a file does not fit it, is binary or is gone', async () => {
    github.diff = ['a.js', 'b.js', 'c.js'].map((file) => patch(file, 'a();\n', 'eval(a);\n')).join('');
    github.contents = { 'a.js': 'something else\n', 'b.js': '\0' };
    const { output } = await call();
    expect(output?.files.map(({ read_as }) => read_as)).toEqual(['fragments', 'fragments', 'fragments']);
    expect(output?.issues).toHaveLength(3);
  });

  it('finds a signature whose start the diff does not show', async () => {
    const before = `export function ship(\n${['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `  ${name}: string,\n`).join('')}) {}\n`;
    const after = before.replace('  f: string', '  f: Date');
    github.diff = patch('ship.ts', before, after, 3);
    github.contents['ship.ts'] = after;
    expect((await call()).output?.issues).toMatchObject([
      { type: 'breaking_change', line: 7, side: 'RIGHT' },
    ]);
  });

  it('finds an exported option whose interface the diff does not show', async () => {
    const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `  ${name}?: string;\n`).join('');
    const before = `export interface Options {\n${members}}\n`;
    const after = before.replace('  f?: string;\n', '');
    github.diff = patch('o.ts', before, after, 1);
    github.contents['o.ts'] = after;
    const { output } = await call();
    expect(output?.issues).toMatchObject([{ rule: 'export-removed', line: 7, side: 'LEFT' }]);
    expect(output?.notes).toBeUndefined();
  });

  it('may change nothing', async () => {
    expect((await call()).output).toMatchObject({
      issues: [],
      files: [],
      approval_recommendation: 'approve',
    });
  });

  it('that is too large for a diff is read file by file, page by page', async () => {
    github.instead = ({ headers }, response) => {
      if (!headers.accept?.endsWith('.diff')) return false;
      refuse(response, 406, 'Sorry, the diff exceeded the maximum number of files (300).');
      return true;
    };
    const many = Array.from({ length: 104 }, (_, i) => ({
      filename: `${i}.md`,
      status: 'modified',
      changes: 1,
      patch: '@@ -1 +1 @@\n-a\n+b',
    }));
    github.files = [
      ...many,
      { filename: 'a.py', status: 'added', changes: 1, patch: '@@ -0,0 +1 @@\n+os.system(a)' },
      { filename: 'b.py', status: 'removed', changes: 2, patch: '@@ -1,2 +0,0 @@\n-def b():\n-    pass' },
      { filename: 'c.py', previous_filename: 'd.py', status: 'renamed', changes: 0 },
      { filename: 'e.png', status: 'modified', changes: 0 },
    ];
    const { output } = await call();
    expect(output?.files).toHaveLength(108);
    expect(output?.files.slice(104).map(({ status, binary }) => [status, binary])).toEqual([
      ['added', false],
      ['deleted', false],
      ['renamed', false],
      ['modified', true],
    ]);
    expect(output?.issues.map(({ file, type }) => [file, type])).toEqual([
      ['a.py', 'injection'],
      ['b.py', 'breaking_change'],
    ]);
    expect(github.requests).toContain(`GET ${pull}/files?per_page=100&page=2 github`);
  });
});

describe('auto_comment', () => {
  beforeEach(() => {
    github.diff = patch('a.js', 'export const b = 1;\na();\n', 'eval(a);\n');
  });

  it('posts one review with a remark on each line', async () => {
    const { output } = await call({ auto_comment: true });
    const url = 'https://github.com/acme/shop/pull/7#pullrequestreview-1';
    expect(output?.posted_review).toEqual({ status: 'posted', url, commit: headCommit });
    expect(github.posted).toEqual([
      {
        commit_id: headCommit,
        event: 'COMMENT',
        body: expect.stringContaining('Recommendation: **request changes** · 2 issues'),
        comments: [
          { path: 'a.js', line: 1, side: 'RIGHT', body: expect.stringContaining('Text is run as code.') },
          { path: 'a.js', line: 1, side: 'LEFT', body: expect.stringContaining('`b` is no longer exported') },
        ],
      },
    ]);
  });

  it('finds its own review of that commit, and posts again for the next one', async () => {
    for (let i = 0; i < 120; i++) {
      github.reviews.push({
        html_url: 'x',
        body: 'Nice!',
        commit_id: headCommit,
        user: { login: 'someone', type: 'User' },
      });
    }
    expect((await call({ auto_comment: true })).output?.posted_review?.status).toBe('posted');
    const again = await call({ auto_comment: true, severity_threshold: 'critical' });
    expect(again.output?.posted_review).toMatchObject({ status: 'already_posted', commit: headCommit });
    expect(github.posted).toHaveLength(1);
    github.head = '2e'.repeat(20);
    expect((await call({ auto_comment: true })).output?.posted_review?.status).toBe('posted');
    expect(github.posted).toHaveLength(2);
  });

  it('posts once when it is asked twice at the same time', async () => {
    const both = await Promise.all([call({ auto_comment: true }), call({ auto_comment: true })]);
    expect(both.map(({ output }) => output?.posted_review?.status).sort()).toEqual([
      'already_posted',
      'posted',
    ]);
    expect(github.posted).toHaveLength(1);
  });

  it.each([
    ['a person', 'review-bot', { login: 'stranger', type: 'User' }, 'posted'],
    ['a person, to a bot', undefined, { login: 'stranger', type: 'User' }, 'posted'],
    ['the bot itself', undefined, { login: 'shop[bot]', type: 'Bot' }, 'already_posted'],
  ])('takes a review with its mark by %s for what it is', async (_who, login, user, status) => {
    github.login = login;
    github.reviews.push({ html_url: 'x', body: '<!-- pr-review -->', commit_id: headCommit, user });
    expect((await call({ auto_comment: true })).output?.posted_review?.status).toBe(status);
  });

  it('posts nothing when a commit came meanwhile', async () => {
    github.instead = ({ url }) => {
      if (url?.startsWith(`${pull}/reviews`)) github.head = '2e'.repeat(20);
      return false;
    };
    const { status, error } = await call({ auto_comment: true });
    expect([status, error?.code, github.posted]).toEqual([409, 'pull_request_moved', []]);
  });

  it('puts everything into the text where GitHub does not show a line', async () => {
    let refused = 0;
    github.instead = ({ method }, response) => {
      if (method !== 'POST' || refused++ > 0) return false;
      refuse(response, 422, 'Unprocessable Entity');
      return true;
    };
    expect((await call({ auto_comment: true })).output?.posted_review?.status).toBe('posted');
    expect(github.posted).toMatchObject([
      { comments: [], body: expect.stringContaining('`a.js:1` Text is run as code.') },
    ]);
  });

  it('keeps within what a review may hold', async () => {
    github.diff = patch('a`@all`.js', '', 'eval(a);\n'.repeat(400));
    await call({ auto_comment: true });
    const [review] = github.posted;
    expect(review?.comments).toHaveLength(50);
    expect(review?.body.length).toBeLessThan(65_536);
    expect(review?.body).toContain('and 250 more');
    expect(review?.body).not.toContain('`@all`');
  });

  it.each([
    ['no token', { GITHUB_TOKEN: '' }],
    ['a repository that nobody named', { GITHUB_REPOSITORIES: 'acme/other, else/*' }],
    ['no list', { GITHUB_REPOSITORIES: undefined }],
  ])('is refused with %s, before anything is asked', async (_what, env) => {
    const { status, error } = await call({ auto_comment: true }, env);
    expect([status, error?.code, github.requests]).toEqual([403, 'repository_not_allowed', []]);
    expect(error?.message).toContain('GITHUB_REPOSITORIES');
  });
});

describe('the token', () => {
  async function sent(env: NodeJS.ProcessEnv) {
    const headers: (string | undefined)[] = [];
    github.instead = (request) => headers.push(request.headers.authorization) < 0;
    await call({}, env);
    return [...new Set(headers)];
  }

  it.each(['acme/shop', 'ACME/Shop', 'other/x, acme/*'])('goes to a repository named by %s', async (list) => {
    expect(await sent({ GITHUB_REPOSITORIES: list })).toEqual([`Bearer ${tokenPattern}`]);
  });

  it.each(['', 'acme/shop2', 'acme2/*', 'other/shop'])('does not by "%s"', async (list) => {
    expect(await sent({ GITHUB_REPOSITORIES: list })).toEqual([undefined]);
  });
});

describe('what GitHub refuses', () => {
  const hour = String(Math.ceil(Date.now() / 1000) + 3600);

  it.each([
    ['an unknown pull request', 404, 'Not Found', {}, 404, 'not_found_on_github', /no acme\/shop#7/],
    ['a wrong token', 401, 'Bad credentials', {}, 503, 'misconfigured', /GITHUB_TOKEN/],
    [
      'a token with few rights',
      403,
      'Resource not accessible',
      {},
      403,
      'github_refused',
      /Pull requests: read/,
    ],
    [
      'the hourly limit',
      403,
      'API rate limit exceeded',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': hour },
      503,
      'github_rate_limited',
      /in 3[56]\d\d s/,
    ],
    ['the secondary limit', 429, 'Slow down', { 'retry-after': '42' }, 503, 'github_rate_limited', /in 42 s/],
    [
      'a limit without a time',
      403,
      'You have exceeded a secondary rate limit',
      {},
      503,
      'github_rate_limited',
      /in 60 s/,
    ],
    ['a failure', 502, 'Server Error', {}, 502, 'github_error', /returned 502/],
  ])('is told: %s', async (_what, answered, message, headers, status, code, words) => {
    github.instead = (_request, response) => {
      refuse(response, answered, message, headers);
      return true;
    };
    const answer = await call();
    expect([answer.status, answer.error?.code]).toEqual([status, code]);
    expect(answer.error?.message).toMatch(words);
    expect(JSON.stringify(answer)).not.toContain(tokenPattern);
  });

  it.each([
    ['HTML', '<html>'],
    ['another shape', '{"head": {"sha": "../../etc"}}'],
  ])('and %s instead of an answer is told', async (_what, body) => {
    github.instead = (_request, response) => {
      response.end(body);
      return true;
    };
    expect((await call()).error?.code).toBe('github_error');
  });
});

describe('on the way', () => {
  function redirect(location: string) {
    github.instead = ({ url }, response) => {
      if (!url?.startsWith('/repos/')) return false;
      response.writeHead(301, { location }).end();
      return true;
    };
  }

  it('a renamed repository is followed on the same host', async () => {
    github.diff = patch('a.txt', 'a\n', 'b\n');
    github.instead = ({ url }, response) => {
      if (!url?.startsWith('/repos/')) return false;
      response.writeHead(301, { location: url.replace('/repos/acme/shop', '/repositories/42') }).end();
      return true;
    };
    expect((await call()).output?.files).toMatchObject([{ path: 'a.txt' }]);
    expect(github.requests).toContain('GET /repositories/42/pulls/7 diff');
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]:1/',
    'https://example.com/',
    '//localhost/x',
  ])('a redirect to %s is not followed', async (location) => {
    redirect(location);
    const { status, error } = await call();
    expect([status, error?.code]).toEqual([502, 'github_error']);
    expect(error?.message).toContain('not followed');
  });

  it('a redirect without end is given up', async () => {
    redirect(pull);
    expect((await call()).error?.message).toContain('does not stop sending');
    expect(github.requests).toHaveLength(4);
  });

  it('a diff without end is cut off, and the next call is answered', async () => {
    github.instead = ({ headers }, response) => {
      if (!headers.accept?.endsWith('.diff')) return false;
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1024 * 1024)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
      return true;
    };
    const { status, error } = await call();
    expect([status, error?.code]).toEqual([422, 'too_large']);
    github.instead = () => false;
    expect((await call()).status).toBe(200);
  });

  it('a silent GitHub is given up on', async () => {
    github.instead = () => true;
    const { status, error } = await call({}, {}, 100);
    expect([status, error?.code]).toEqual([504, 'github_timeout']);
  });

  it('a port on which nothing listens is reported', async () => {
    const { status, error } = await call({}, { GITHUB_API_URL: `http://${await closedHost()}` });
    expect([status, error?.code]).toEqual([502, 'github_unreachable']);
    expect(error?.message).toContain('ECONNREFUSED');
  });

  it.each([
    'ftp://github.example.com',
    'github.example.com',
    'http://github.example.com/api/v3',
    'https://me:pw@github.example.com',
  ])('GITHUB_API_URL as %s is told to the operator', async (url) => {
    const { status, error } = await call({}, { GITHUB_API_URL: url });
    expect([status, error?.code]).toEqual([503, 'misconfigured']);
    expect(error?.message).not.toContain('pw');
  });

  it('a malformed GITHUB_REPOSITORIES is reported to the operator', async () => {
    const { status, error } = await call({}, { GITHUB_REPOSITORIES: '*/shop' });
    expect([status, error?.code]).toEqual([503, 'misconfigured']);
  });
});
