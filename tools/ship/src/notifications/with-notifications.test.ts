import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { DeploymentRecorder } from '../records/deployment-recorder.js';
import { runName } from '../records/run-name.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { type Receiver, secretPath, startReceiver } from '../test-support/receiver.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type NotifiedRun, withNotifications } from './with-notifications.js';

const at = '2026-01-31T09:30:00.000Z';
const created: DeployResult = {
  skill: 'a',
  outcome: 'deployed',
  action: 'create',
  digest: '-',
  durationMs: 1,
};
const unchanged: DeployResult = { ...created, outcome: 'unchanged', action: 'none' };
const failed: DeployResult = { ...created, outcome: 'failed' };

function planned(action: DeployResult['action']): DeployEvent {
  return { type: 'planned', at, skill: 'a', action, changes: [] };
}

interface Doing {
  url: string;
  env?: NodeJS.ProcessEnv;
  root?: string;
  expected?: number;
  signal?: AbortSignal;
}

/** A run with a webhook. @returns its warnings */
async function run(
  doing: Doing,
  results: DeployResult[] | Error,
  events = [planned('create')],
): Promise<string[]> {
  const env = doing.env ?? {};
  const root = doing.root ?? (await tempDirectory());
  const options = { notifications: { url: doing.url } };
  const workspace: NotifiedRun['workspace'] = {
    root,
    plugins: [{ plugin: '@odoobo/nx-skills', options }],
  };
  const about = { kind: 'deploy', environment: 'production', skills: ['a'], expected: 1 } as const;
  const warnings: string[] = [];
  const hooks = {
    signal: doing.signal ?? new AbortController().signal,
    onStart: () => {},
    onEvent: () => {},
    onWarning: (message: string) => void warnings.push(message),
  };
  const expected = doing.expected ?? about.expected;
  const work = withNotifications({ ...about, expected, workspace, env }, hooks, async ({ onEvent }) => {
    events.forEach(onEvent);
    if (results instanceof Error) throw results;
    return { results, earlier: [] };
  });
  if (results instanceof Error) await expect(work).rejects.toBe(results);
  else expect((await work).results).toEqual(results);
  return warnings;
}

function eventsOf({ received }: Receiver): unknown[] {
  return received.map(({ body }) => (body as { event: string }).event);
}

it('notifies of the start and the end of a run, in order', async () => {
  const receiver = await startReceiver();
  expect(await run(receiver, [created])).toEqual([]);
  expect(eventsOf(receiver)).toEqual(['started', 'finished']);
  expect(receiver.received.map(({ path }) => path)).toEqual([secretPath, secretPath]);
});

it.each<[string, DeployResult[] | Error, DeployEvent[], string[]]>([
  ['nothing for a run without changes', [unchanged], [planned('none')], []],
  [
    'how one ended that had begun to change something',
    [unchanged],
    [planned('update')],
    ['started', 'finished'],
  ],
  ['of one that failed before it began', [failed], [], ['failed']],
  ['of one that could not start', new Error('no token'), [], ['failed']],
  ['nothing of one that was interrupted before', [{ ...unchanged, outcome: 'interrupted' }], [], []],
  [
    'of one that was interrupted meanwhile',
    [{ ...created, outcome: 'interrupted' }],
    [planned('create')],
    ['started', 'interrupted'],
  ],
])('notifies %s', async (_what, results, events, notified) => {
  const receiver = await startReceiver();
  await run(receiver, results, events);
  expect(eventsOf(receiver)).toEqual(notified);
});

it('notifies once of a run in two batches, with the results of both', async () => {
  const receiver = await startReceiver();
  const env: NodeJS.ProcessEnv = {};
  const root = await tempDirectory();
  const name = runName(env, 'deploy');
  await run({ ...receiver, env, root, expected: 2 }, [created]);
  expect(eventsOf(receiver)).toEqual(['started']);
  const first = new DeploymentRecorder(
    workspaceFolders(root),
    { ...name, environment: 'local', skills: {} },
    fail,
  );
  first.event({ type: 'finished', at: new Date().toISOString(), skill: 'a', result: created });
  await first.close();
  await run({ ...receiver, env, root, expected: 2 }, [{ ...created, skill: 'b' }]);
  expect(eventsOf(receiver)).toEqual(['started', 'finished']);
  expect(receiver.received[1]?.body).toMatchObject({ skills: [{ skill: 'a' }, { skill: 'b' }] });
});

function fail(message: string): never {
  throw new Error(message);
}

it('retries when a busy receiver asks for it', async () => {
  const receiver = await startReceiver((reply, n) => {
    if (n === 0) reply.writeHead(429, { 'retry-after': '0' });
    reply.end();
  });
  expect(await run(receiver, [created])).toEqual([]);
  const ids = receiver.received.map(({ body }) => (body as { id: string }).id);
  expect(eventsOf(receiver)).toEqual(['started', 'started', 'finished']);
  expect(ids[0]).toBe(ids[1]);
});

it.each<[string, number, Record<string, string>, number]>([
  ['stays broken', 500, {}, 2],
  ['refuses', 404, {}, 1],
  ['asks to wait for too long', 429, { 'retry-after': '3600' }, 1],
  ['sends it elsewhere', 307, { location: 'http://127.0.0.1:1/' }, 1],
])(
  'continues, with a warning without the URL, when the receiver %s',
  async (_what, status, headers, calls) => {
    const receiver = await startReceiver((reply) => reply.writeHead(status, headers).end(secretPath));
    const warnings = await run(receiver, [failed], []);
    const { host } = new URL(receiver.url);
    expect(warnings).toEqual([
      `${host} was not notified of "deploy failed": it answered ${status}. Check nx.json: plugins/0/options/notifications.`,
    ]);
    expect(receiver.received).toHaveLength(calls);
  },
);

it.each([
  ['nobody listens', closedOrigin, 'ECONNREFUSED'],
  ['there is no such host', () => Promise.resolve('http://no-such-host.invalid'), 'E'],
])('continues if %s', async (_what, origin, code) => {
  const warnings = await run({ url: `${await origin()}${secretPath}` }, [failed], []);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(`was not notified of "deploy failed": ${code}`);
  expect(warnings[0]).not.toContain(secretPath);
});

async function closedOrigin(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

it('does not wait long for a receiver that never answers, even less after Ctrl-C', async () => {
  const receiver = await startReceiver(() => {});
  const interrupted: DeployResult = { ...created, outcome: 'interrupted' };
  const warnings = await run({ ...receiver, signal: AbortSignal.abort() }, [interrupted]);
  const late = 'not finished within 1.5 s of the end of the run';
  expect(warnings[0]).toContain(`was not notified of "deploy started": ${late}`);
  expect(warnings[1]).toContain(`was not notified of "deploy interrupted": ${late}`);
});

it('sends nothing if the secret is not set, and warns in production', async () => {
  const warnings = await run({ url: 'https://hooks.slack.com/services/${TOKEN}' }, [created]);
  expect(warnings).toEqual([
    'No notification is sent: nx.json: plugins/0/options/notifications: TOKEN is not set.',
  ]);
});
