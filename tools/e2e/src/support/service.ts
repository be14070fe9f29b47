/** The behaviour of a test's service. */
export interface Behaviour {
  /** The answer to GET /. */
  says?: string;
  fault?: Fault;
  /** The fault appears once this file exists: in a service that was live and healthy before. */
  faultWhen?: string;
  /** It listens once this file exists. */
  startsWhen?: string;
  /** A file with which a service that crashed while it was live detects this at its next start. */
  crashMark?: string;
  /** Prints all its variables at its start. */
  printsEnvironment?: boolean;
}

/** Faults that prevent a service from going live, and then faults that break the contract of a live skill. */
export type Fault =
  | 'does-not-build'
  | 'crashes'
  | 'wrong-port'
  | 'takes-too-much-memory'
  | 'answers-500'
  | 'hangs'
  | 'answers-500-once-live'
  | 'hangs-once-live'
  | 'crashes-once-live'
  | 'crashes-for-good-once-live'
  | 'is-slow'
  | 'wrong-version'
  | 'wrong-skill'
  | 'wrong-digest'
  | 'knows-every-path'
  | 'takes-every-method'
  | 'own-error-format'
  | 'has-no-docs'
  | 'has-broken-openapi'
  | 'invokes-wrongly';

function inRed(text: string): string {
  return `\u001b[31m${text}\u001b[0m`;
}

/** The source of a service: plain Node without anything but its behaviour. */
export function serviceSource(behaviour: Behaviour): string {
  const first = behaviour.printsEnvironment
    ? `console.log(${JSON.stringify(inRed('the environment'))});\nconsole.log(process.env);\n`
    : '';
  return `${first}${sourceOf(behaviour)}`;
}

/** Allocates 800 MB, more than the smallest instance size has, and never listens. */
const hungrySource = `console.log('reading everything into memory');
const held = Array.from({ length: 40 }, () => Buffer.alloc(20_000_000, 1));
setInterval(() => held.length, 1000);
`;

/**
 * It answers as a skill does; / and /environment are for tests, and it prints what the query calls `prints`. It recognizes that it is live by a header that only requests
 * to the app's URL have.
 */
function sourceOf({ says = 'hello', fault, faultWhen, startsWhen, crashMark }: Behaviour): string {
  if (fault === 'does-not-build') return `import { nothing } from './does-not-exist.js';\nnothing();\n`;
  if (fault === 'crashes')
    return `console.log(${JSON.stringify(inRed('about to fail'))});\nthrow new Error('no database');\n`;
  if (fault === 'takes-too-much-memory') return hungrySource;
  return `import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import manifest from '../skill.json' with { type: 'json' };

const { id, version } = manifest;
const says = ${JSON.stringify(says)};
const has = (fault) => fault === ${JSON.stringify(fault ?? '')} && existsSync(${JSON.stringify(faultWhen ?? '/')});
const error = (code) => (has('own-error-format') ? code : { error: { code, message: 'No.', request_id: '1' } });
const openapi = { openapi: '3.1.0', info: { title: id, version }, paths: {} };

const health = () => ({
  status: 'healthy',
  skill: has('wrong-skill') ? 'impostor' : id,
  version: has('wrong-version') ? '0.0.9' : version,
  digest: has('wrong-digest') ? 'sha256:stale' : process.env.SKILL_DIGEST,
});

function invoke(method, body) {
  if (method !== 'POST' && !has('takes-every-method')) return [405, error('method_not_allowed'), { allow: 'POST' }];
  const heard = has('invokes-wrongly') ? 'nothing' : JSON.parse(body || '{}').input;
  return [200, { output: { says, heard, list: [{ n: 1 }, { n: 2 }] }, metadata: {} }];
}

const crashMark = ${JSON.stringify(crashMark ?? '/')};
if (has('crashes-for-good-once-live') && existsSync(crashMark)) throw new Error('the database is gone');
const crashes = () =>
  (has('crashes-once-live') || has('crashes-for-good-once-live')) && !existsSync(crashMark);

function crash() {
  writeFileSync(crashMark, '');
  process.exit(1);
}

function answer(method, path, body, isLive) {
  if (path === '/' || has('knows-every-path')) return [200, says];
  if (path === '/environment') return [200, process.env];
  if (path === '/health') return [has('answers-500') || (isLive && has('answers-500-once-live')) ? 500 : 200, health()];
  if (path === '/invoke') return invoke(method, body);
  if (path === '/docs' && !has('has-no-docs')) return [200, '<h1>A test</h1>'];
  if (path === '/openapi.json') return [200, has('has-broken-openapi') ? { ...openapi, paths: 1 } : openapi];
  return [404, error('not_found')];
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const body = await text(request);
  const isLive = 'x-forwarded-for' in request.headers;
  if (isLive && crashes()) crash();
  if (searchParams.has('prints')) console.log(searchParams.get('prints'));
  if (pathname === '/health' && (has('hangs') || (isLive && has('hangs-once-live')))) return;
  if (pathname === '/health' && has('is-slow')) await wait(3000);
  await wait(Number(searchParams.get('wait') ?? 0));
  const [status, reply, headers] = answer(request.method, pathname, body, isLive);
  if (pathname === '/health') console.log('asked for health, answering ' + status);
  const [type, sent] = typeof reply === 'string' ? ['text/html', reply] : ['application/json', JSON.stringify(reply)];
  response.writeHead(status, { 'content-type': type, ...headers }).end(sent);
});
while (!existsSync(${JSON.stringify(startsWhen ?? '/')})) await wait(50);
server.listen(${fault === 'wrong-port' ? '0' : 'Number(process.env.PORT)'}, '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
}
