import { isAlive } from '@odoobo/machine/process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endProcesses } from './end-processes.js';
import { type Mark, markedProcesses, type MarkedRow, markEnvironment, readMark } from './mark.js';
import { membersOf } from './members.js';
import { makeFolder, read } from './process.test.helper.js';
import { startGroup } from './process-group.js';

/** Its child leaves the session, and forks the next one as soon as its parent has been killed. */
const hydra = `
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
while True:
    parent = os.getpid()
    if os.fork():
        while True: time.sleep(1)
    os.setsid()
    while os.getppid() == parent: time.sleep(0.002)
`;

it('ends processes that fork while they are being killed', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'hydra.py'), hydra);
  const output = join(folder, 'output');
  const mark: Mark = { root: folder, kind: 'command', name: 'hydra' };
  const owns = ({ root }: Mark): boolean => root === folder;
  onTestFinished(async () => void (await endProcesses({ owns }, 0)));
  const running = async () => membersOf(await markedProcesses(), { owns });
  const env = { PATH: process.env['PATH'] ?? '' };
  const group = await startGroup({ command: ['python3', 'hydra.py'], cwd: folder, env, output, mark });
  await expect.poll(() => read(output)).toBe('up\n');
  await expect.poll(async () => (await running()).length).toBe(2);
  // Its second head makes a third.
  process.kill(group.identity.pid, 'SIGKILL');
  await expect.poll(async () => (await running()).length).toBe(2);
  await group.stop({ graceMs: 50 });
  expect(await running()).toEqual([]);
  expect(await isAlive(group.identity)).toBe(false);
});

describe('a mark', () => {
  it.each<Mark>([
    { root: '/home/me/a b/ü=&%/.local-platform', kind: 'instance', name: 'd.web.0', app: 'shop' },
    { root: '/', kind: 'server', name: '' },
    { root: '/x', kind: 'development', name: 'shop', owner: '7 boot Mon Jan  1' },
  ])('is read unchanged among other variables, from /proc and from ps: %j', (mark) => {
    const [[name, value] = ['', '']] = Object.entries(markEnvironment(mark));
    expect(value).toMatch(/^[\x21-\x7e]+$/);
    expect(readMark(`A=1\0${name}=${value}\0Z=root=/y`)).toEqual(mark);
    expect(readMark(`node main.mjs A=1 ${name}=${value} Z=2`)).toEqual(mark);
    expect(readMark(`X${name}=${value}\0${name}X=${value}`)).toBeUndefined();
    expect(readMark(`${name}=root=%2Fx`)).toBeUndefined();
  });
});

describe('processes that belong to an instance', () => {
  const mine: Mark = { root: '/mine', kind: 'instance', name: 'd.web.0' };
  const other: Mark = { root: '/other', kind: 'server', name: '' };
  const leader = { pid: 10, startTime: 's10', bootId: 'b' };
  const row = (pid: number, more: Partial<MarkedRow> = {}): MarkedRow => ({
    pid,
    parent: 1,
    group: pid,
    session: pid,
    zombie: false,
    startTime: `s${pid}`,
    mark: 'unmarked',
    ...more,
  });
  const owns = ({ root }: Mark) => root === '/mine';
  const pids = (...rows: MarkedRow[]) => membersOf(rows, { owns, leader }).map(({ pid }) => pid);

  it('are those with its mark and their descendants, except those with another mark', () => {
    const marked = row(20, { mark: mine });
    const [child, grandchild] = [row(21, { parent: 20 }), row(22, { parent: 21, mark: 'unknown' })];
    const [server, service] = [row(23, { parent: 20, mark: other }), row(24, { parent: 23 })];
    expect(pids(grandchild, child, marked, server, service, row(30))).toEqual([20, 21, 22]);
  });

  it("are the leader's group and session, but not those of a process that reused its pid", () => {
    const [group, session] = [row(11, { group: 10 }), row(12, { session: 10 })];
    expect(pids(row(10), group, session)).toEqual([10, 11, 12]);
    expect(pids(group, session)).toEqual([11, 12]);
    expect(pids(row(10, { startTime: 'later' }), group, session)).toEqual([]);
  });

  it('never include this process or a zombie', () => {
    expect(pids(row(process.pid, { mark: mine }), row(20, { mark: mine, zombie: true }))).toEqual([]);
  });
});
