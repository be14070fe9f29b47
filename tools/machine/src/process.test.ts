import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identify, isAlive, type ProcessIdentity } from './process.js';
import { procTable, psTable } from './process-table.js';

async function identityOf(pid: number | undefined): Promise<ProcessIdentity> {
  const identity = await identify(Number(pid));
  if (!identity) throw new Error(`no process ${pid}`);
  return identity;
}

function startNode(script: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A process that has exited and is never collected: its parent, a shell, was replaced by `sleep`. */
async function startZombie(): Promise<ProcessIdentity> {
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [pid] = await once(parent.stdout, 'data');
  const identity = await identityOf(pid);
  await expect.poll(async () => (await procTable.read(identity.pid))?.zombie).toBe(true);
  return identity;
}

describe('isAlive', () => {
  it('is true of a process that runs, but not of another boot or another start', async () => {
    const self = await identityOf(process.pid);
    expect(await isAlive(self)).toBe(true);
    expect(await isAlive({ ...self, startTime: '1' })).toBe(false);
    expect(await isAlive({ ...self, bootId: 'an earlier boot' })).toBe(false);
  });

  it('is false of a process that has ended', async () => {
    const child = startNode('setInterval(() => {}, 1000)');
    const identity = await identityOf(child.pid);
    expect(await isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isAlive(identity)).toBe(false);
    expect(await identify(identity.pid)).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')(
    'is false of a zombie, which still takes signals (needs Linux)',
    async () => {
      const zombie = await startZombie();
      expect(() => process.kill(zombie.pid, 0)).not.toThrow();
      expect(await isAlive(zombie)).toBe(false);
    },
  );
});

describe.skipIf(process.platform !== 'linux' || !existsSync('/bin/ps'))(
  'the table that macOS reads, read on Linux (needs Linux and ps)',
  () => {
    it('says of a process what /proc says', async () => {
      const child = startNode(`console.log('up'); setInterval(() => {}, 1000)`, { ONLY: 'this' });
      await once(child.stdout, 'data');
      const { pid } = await identityOf(child.pid);
      const row = await psTable.read(pid);
      expect(row).toEqual({
        ...(await procTable.read(pid)),
        session: 0,
        startTime: expect.stringMatching(/^\w+ +\w+ +\d+ .*\d{4}$/),
      });
      expect(await psTable.read(pid)).toEqual(row);
      for (const table of [psTable, procTable]) {
        const environments = await table.all((listed, environment) => ({ pid: listed.pid, environment }));
        const own = environments.find((listed) => listed.pid === pid);
        expect(own?.environment).toMatch(/(^|[\0 ])ONLY=this($|[\0 ])/);
      }
      expect((await psTable.read((await startZombie()).pid))?.zombie).toBe(true);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await psTable.read(pid)).toBeUndefined();
    });
  },
);
