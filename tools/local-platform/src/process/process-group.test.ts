import { identify, isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { processTable } from '@odoobo/machine/process-table';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileInto, makeFolder, read, runNode } from './process.test.helper.js';
import { adoptGroup, type ProcessGroup, startGroup } from './process-group.js';
import { stopGroup } from './stop-group.js';

/** Starts a script as a group; what it prints is in the file `log`. */
async function startScript(
  script: string,
  env: Record<string, string> = {},
): Promise<{ group: ProcessGroup; log: string }> {
  const folder = await makeFolder();
  await writeFile(join(folder, 'service.mjs'), script);
  const log = join(folder, 'log');
  const group = await startGroup({
    command: [process.execPath, 'service.mjs'],
    cwd: folder,
    env,
    output: log,
  });
  onTestFinished(() => group.stop({ graceMs: 0 }));
  return { group, log };
}

/** Prints its pid and its child's, and waits. Both do as `onTerm` says on SIGTERM. */
const withGrandchild = (onTerm: string): string => `
  import { spawn } from 'node:child_process';
  const script = ${JSON.stringify(`process.on('SIGTERM', () => { ${onTerm} }); process.send?.('up'); setInterval(() => {}, 1000);`)};
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  process.on('SIGTERM', () => { ${onTerm} });
  child.once('message', () => { child.channel.unref(); console.log(process.pid, child.pid); });
  setInterval(() => {}, 1000);
`;

async function identities(log: string): Promise<ProcessIdentity[]> {
  await expect.poll(() => read(log), { timeout: 10_000 }).toMatch(/^\d+ \d+\n$/);
  const pids = (await read(log)).trim().split(' ').map(Number);
  return (await Promise.all(pids.map(identify))).filter((identity) => identity !== undefined);
}

async function alive(processes: ProcessIdentity[]): Promise<boolean[]> {
  return Promise.all(processes.map(isAlive));
}

describe('startGroup', () => {
  it('passes exactly the given environment to the process, and appends its output to the file', async () => {
    const { group, log } = await startScript(
      `console.log(JSON.stringify(process.env)); console.error('and stderr')`,
      { ONLY: 'this' },
    );
    expect(await group.exited).toEqual({ code: 0, signal: null });
    const [env, ...rest] = (await read(log)).split('\n');
    // macOS adds a variable of its own to every process.
    const given = Object.entries(JSON.parse(env ?? '')).filter(
      ([name]) => name !== '__CF_USER_TEXT_ENCODING',
    );
    expect(given).toEqual([['ONLY', 'this']]);
    expect(rest).toEqual(['and stderr', '']);
  });

  it('appends to what an earlier process left', async () => {
    const folder = await makeFolder();
    const output = join(folder, 'log');
    for (const word of ['one', 'two']) {
      const group = await startGroup({ command: ['/bin/echo', word], cwd: folder, env: {}, output });
      await group.exited;
    }
    expect(await read(output)).toBe('one\ntwo\n');
  });

  it('reports how the process ended', async () => {
    expect(await (await startScript('process.exit(7)')).group.exited).toEqual({ code: 7, signal: null });
    const killed = await startScript(`process.kill(process.pid, 'SIGKILL')`);
    expect(await killed.group.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says which command cannot be executed, why, and keeps the cause', async () => {
    const folder = await makeFolder();
    const start = (command: string[], cwd = folder): Promise<ProcessGroup> =>
      startGroup({ command, cwd, env: { PATH: '/usr/bin:/bin' }, output: join(folder, 'log') });
    await expect(start(['no-such-program', '-x'])).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Could not execute "no-such-program -x": no such program .*PATH \(\/usr\/bin:\/bin\)/,
      ),
      cause: { code: 'ENOENT' },
    });
    await writeFile(join(folder, 'plain.txt'), 'not a program');
    await chmod(join(folder, 'plain.txt'), 0o644);
    await expect(start([join(folder, 'plain.txt')])).rejects.toMatchObject({
      message: expect.stringContaining('it is not executable (chmod +x it'),
      cause: { code: 'EACCES' },
    });
    await expect(start(['ls'], join(folder, 'gone'))).rejects.toThrow(
      `its folder ${join(folder, 'gone')} does not exist`,
    );
    await expect(start([])).rejects.toThrow('Could not execute ""');
  });
});

describe('stop', () => {
  it('ends a group that obeys SIGTERM, grandchildren too, before the grace period ends', async () => {
    const { group, log } = await startScript(withGrandchild('process.exit(0)'));
    const processes = await identities(log);
    const begin = performance.now();
    await group.stop({ graceMs: 60_000 });
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(await alive(processes)).toEqual([false, false]);
    expect(await group.exited).toEqual({ code: 0, signal: null });
  });

  it('kills processes that ignore SIGTERM after the grace period, grandchildren too', async () => {
    const { group, log } = await startScript(withGrandchild(''));
    const processes = await identities(log);
    expect(await alive(processes)).toEqual([true, true]);
    const begin = performance.now();
    await group.stop({ graceMs: 200 });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(200);
    expect(await alive(processes)).toEqual([false, false]);
    expect(await group.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('kills the grandchildren that a crashed leader left', async () => {
    const { group, log } = await startScript(withGrandchild(''));
    const processes = await identities(log);
    process.kill(group.identity.pid, 'SIGKILL');
    await group.exited;
    expect(await alive(processes)).toEqual([false, true]);
    await group.stop({ graceMs: 0 });
    expect(await alive(processes)).toEqual([false, false]);
  });

  it('sends SIGTERM once, even if called several times at once, and nothing to a group that has ended', async () => {
    const { group, log } = await startScript(`
      process.on('SIGTERM', () => { console.log('term'); setTimeout(() => process.exit(), 100); });
      console.log('up');
      setInterval(() => {}, 1000);
    `);
    await expect.poll(() => read(log)).toBe('up\n');
    await Promise.all([group.stop({ graceMs: 10_000 }), group.stop({ graceMs: 10_000 })]);
    await group.stop({ graceMs: 10_000 });
    expect(await read(log)).toBe('up\nterm\n');
  });

  it('does not signal another group that has reused the id', async () => {
    const { group } = await startScript('setInterval(() => {}, 1000)');
    await stopGroup({ ...group.identity, startTime: 'long ago' }, 0);
    await stopGroup({ ...group.identity, bootId: 'an earlier boot' }, 0);
    expect(await isAlive(group.identity)).toBe(true);
  });

  it('does not wait for a zombie', async () => {
    const zombie = await startZombie();
    await stopGroup(zombie, 60_000);
    expect(await isAlive(zombie)).toBe(false);
  });
});

/** A group whose one process has exited and is never collected: its parent does nothing but wait. */
async function startZombie(): Promise<ProcessIdentity> {
  const parent = await runNode(
    await makeFolder(),
    `import { spawn } from 'node:child_process';
     import { writeSync } from 'node:fs';
     const child = spawn('/bin/sh', ['-c', 'read line'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
     child.once('spawn', () => {
       writeSync(1, String(child.pid));
       process.stdin.once('data', () => {
         process.kill(child.pid, 'SIGKILL');
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });
     });`,
  );
  const [pid] = await once(parent.stdout as NodeJS.ReadableStream, 'data');
  const identity = await identify(Number(pid));
  parent.stdin?.write('now');
  if (!identity) throw new Error(`no process ${pid}`);
  await expect.poll(async () => (await processTable().read(identity.pid))?.zombie).toBe(true);
  return identity;
}

describe('adoptGroup', () => {
  /** A server that starts a service, prints its identity and is killed. */
  async function startOrphan(script: string): Promise<{ identity: ProcessIdentity; log: string }> {
    const folder = await makeFolder();
    await compileInto(folder);
    await writeFile(join(folder, 'service.mjs'), script);
    const log = join(folder, 'log');
    const server = await runNode(
      folder,
      `import { startGroup } from './process-group.js';
       const command = [process.execPath, 'service.mjs'];
       const group = await startGroup({ command, cwd: process.cwd(), env: {}, output: 'log' });
       process.stdout.write(JSON.stringify(group.identity));
       setInterval(() => {}, 1000);`,
    );
    const [json] = await once(server.stdout as NodeJS.ReadableStream, 'data');
    const identity = JSON.parse(json) as ProcessIdentity;
    onTestFinished(async () => void (await stopGroup(identity, 0)));
    server.kill('SIGKILL');
    await once(server, 'exit');
    return { identity, log };
  }

  it('adopts a process that a killed server started, and stops it', async () => {
    const { identity, log } = await startOrphan(`
      process.on('SIGTERM', () => { console.log('drained'); process.exit(); });
      console.log('up');
      setInterval(() => {}, 1000);
    `);
    await expect.poll(() => read(log)).toBe('up\n');
    const group = await adoptGroup(identity);
    expect(group?.identity).toEqual(identity);
    await group?.stop({ graceMs: 10_000 });
    expect(await group?.exited).toEqual({ code: null, signal: null });
    expect(await read(log)).toBe('up\ndrained\n');
    expect(await adoptGroup(identity)).toBeUndefined();
  });

  it('notices when an adopted process ends by itself', async () => {
    const { identity } = await startOrphan('setInterval(() => {}, 1000)');
    const group = await adoptGroup(identity);
    process.kill(identity.pid, 'SIGKILL');
    expect(await group?.exited).toEqual({ code: null, signal: null });
  });

  it('refuses a forged identity and a process that leads no group', async () => {
    const { identity, log } = await startOrphan(withGrandchild('process.exit()'));
    expect(await adoptGroup({ ...identity, startTime: '1' })).toBeUndefined();
    expect(await adoptGroup({ ...identity, bootId: 'an earlier boot' })).toBeUndefined();
    const [, grandchild] = await identities(log);
    expect(grandchild && (await isAlive(grandchild))).toBe(true);
    expect(grandchild && (await adoptGroup(grandchild))).toBeUndefined();
    expect(await isAlive(identity)).toBe(true);
  });
});

describe('a command that is recorded first', () => {
  const script = (log: string) => [
    '/bin/sh',
    '-c',
    `echo $$ > ${log}; read line; echo "end:$line" >> ${log}`,
  ];

  it('runs afterwards, as the recorded process, and reads no input', async () => {
    const folder = await makeFolder();
    const log = join(folder, 'log');
    let noted: ProcessIdentity | undefined;
    const group = await startGroup({
      command: script(log),
      cwd: folder,
      env: { PATH: '/usr/bin:/bin' },
      output: join(folder, 'output'),
      note: async (identity) => {
        noted = identity;
        expect(await read(log)).toBe('');
      },
    });
    expect(await group.exited).toEqual({ code: 0, signal: null });
    expect(group.identity).toEqual(noted);
    expect(await read(log)).toBe(`${noted?.pid}\nend:\n`);
  });

  it('never runs if it could not be recorded, or if its parent was killed before', async () => {
    const folder = await makeFolder();
    const log = join(folder, 'log');
    const options = { command: script(log), cwd: folder, env: {}, output: join(folder, 'output') };
    const fails = startGroup({ ...options, note: () => Promise.reject(new Error('the disk is full')) });
    await expect(fails).rejects.toThrow('the disk is full');
    await compileInto(folder);
    const server = await runNode(
      folder,
      `import { startGroup } from './process-group.js';
       setInterval(() => {}, 1000);
       const options = ${JSON.stringify(options)};
       await startGroup({ ...options, note: (identity) => new Promise(() => process.stdout.write(JSON.stringify(identity))) });`,
    );
    const [json] = await once(server.stdout as NodeJS.ReadableStream, 'data');
    const held = JSON.parse(json) as ProcessIdentity;
    expect(await isAlive(held)).toBe(true);
    server.kill('SIGKILL');
    await expect.poll(() => isAlive(held), { timeout: 10_000 }).toBe(false);
    expect(await read(log)).toBe('');
  });
});
