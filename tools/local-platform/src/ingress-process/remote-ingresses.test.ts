import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { readdir } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { startGroup } from '../process/process-group.js';
import { startPlatform } from '../start-stop/platform.js';
import { type Layout, layoutOf } from '../state/layout.js';
import { afterwards, temporaryFolder } from '../testing/platform.test.helper.js';
import { writeIngressRecord } from './ingress-record.js';
import { readMessages, writeMessage } from './lines.js';
import { type Command, protocol, type Question } from './messages.js';
import { RemoteIngresses } from './remote-ingresses.js';

interface Left {
  layout: Layout;
  identity: ProcessIdentity;
}

/** What an earlier server left in a folder: a process, and who answers for it as the test says. */
async function leave(onAsked: (command: Command, answer: () => void, socket: Socket) => void): Promise<Left> {
  const layout = layoutOf(await temporaryFolder());
  const { identity, stop } = await startGroup({
    command: ['sleep', '60'],
    cwd: layout.root,
    env: { PATH: process.env['PATH'] ?? '' },
    output: layout.ingressLog,
  });
  afterwards(() => stop({ graceMs: 0 }));
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readMessages<Question>(socket, ({ id, command }) =>
      onAsked(command, () => writeMessage(socket, { id }), socket),
    );
  }).listen(layout.ingressSocket);
  afterwards(async () => void server.close());
  await writeIngressRecord(layout, { protocol, socket: layout.ingressSocket, identity });
  return { layout, identity };
}

it('can be closed at the moment when the process confirms the takeover', async () => {
  let taken: () => void = () => undefined;
  const asked = vi.fn(
    (command: Command, answer: () => void) => void (command === 'takeOver' && (taken = answer)),
  );
  const { layout, identity } = await leave(asked);
  const ingresses = new RemoteIngresses(layout, () => undefined);
  await ingresses.begin();
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  const closed = ingresses.close();
  taken();
  await closed;
  expect(await isAlive(identity)).toBe(false);
});

it('opens pending addresses after the process closed the connection during the request', async () => {
  let refused = 0;
  const { layout } = await leave((command, answer, socket) => {
    if (command === 'open' && refused++ === 0) socket.destroy();
    else answer();
  });
  const warnings: string[] = [];
  const ingresses = new RemoteIngresses(layout, (message) => void warnings.push(message));
  afterwards(() => ingresses.close());
  await ingresses.begin();
  expect(await ingresses.open({ port: 4101, app: 'shop' })).toMatchObject({ url: 'http://127.0.0.1:4101' });
  expect(warnings).toEqual([expect.stringMatching('is restarted: its connection was lost')]);
});

it('leaves the process to the server that took it over', async () => {
  const { layout, identity } = await leave((_, answer, socket) => {
    answer();
    writeMessage(socket, { replaced: true });
  });
  const warn = vi.fn();
  const ingresses = new RemoteIngresses(layout, warn);
  await ingresses.begin();
  await vi.waitFor(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining('Another server')));
  await ingresses.close();
  expect(await isAlive(identity)).toBe(true);
});

it('ends when the platform stops before the process is up', async () => {
  const directory = await temporaryFolder();
  const warn = vi.fn();
  const platform = await startPlatform({ directory, ingressProcess: true, warn });
  await platform.close();
  expect((await readdir(directory)).filter((name) => /^ingress\.(json|sock)/.test(name))).toEqual([]);
  expect(warn).not.toHaveBeenCalled();
});
