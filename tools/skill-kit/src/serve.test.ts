import { build } from 'esbuild';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { listenAddress } from './serve.js';

let folder: string;
let bundle: string;
const children: ChildProcess[] = [];

/** The fixture is bundled from source, as skills are. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skill-kit-'));
  bundle = join(folder, 'main.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../test/fixtures/moody-skill.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(() => rm(folder, { recursive: true }));

interface Skill {
  child: ChildProcess;
  port: number;
  output: () => string;
  exit: Promise<number | null>;
}

function start(env: NodeJS.ProcessEnv): Omit<Skill, 'port'> {
  const child = spawn(process.execPath, [bundle], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  return { child, output: () => written, exit: once(child, 'exit').then(([code]) => code as number | null) };
}

async function startListening(): Promise<Skill> {
  const skill = start({ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' });
  const port = await vi.waitFor(
    () => Number(/listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(skill.output())?.[1] ?? raise()),
    {
      timeout: 10_000,
      interval: 10,
    },
  );
  return { ...skill, port };
}

function raise(): never {
  throw new Error('not listening yet');
}

function invoke(
  port: number,
  mood: string,
  agent?: Agent,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      path: '/invoke',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    };
    const request = httpRequest({ ...options, ...(agent && { agent }) }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    request.on('error', reject).end(JSON.stringify({ input: { mood } }));
  });
}

async function waitForLog({ output }: { output: () => string }, pattern: RegExp): Promise<void> {
  await vi.waitFor(() => expect(output()).toMatch(pattern), { timeout: 5_000, interval: 10 });
}

describe('a skill as a process', () => {
  it('finishes what is in flight on SIGTERM, takes nothing new, and exits with 0', async () => {
    const skill = await startListening();
    const agent = new Agent({ keepAlive: true });
    expect((await invoke(skill.port, 'quick', agent)).status).toBe(200);
    const slow = invoke(skill.port, 'until-drained', agent);
    await waitForLog(skill, /waiting for SIGTERM/);
    skill.child.kill('SIGTERM');
    expect((await slow).status).toBe(200);
    await expect(invoke(skill.port, 'quick')).rejects.toThrow(/ECONNREFUSED/);
    expect(await skill.exit).toBe(0);
    agent.destroy();
  });

  it('ends at once on a second signal', async () => {
    const skill = await startListening();
    const cut = invoke(skill.port, 'never').catch((error: Error) => error.message);
    await waitForLog(skill, /waiting for ever/);
    skill.child.kill('SIGINT');
    await waitForLog(skill, /draining/);
    skill.child.kill('SIGINT');
    expect(await skill.exit).toBe(1);
    expect(await cut).toMatch(/socket hang up|ECONNRESET/);
  });

  it('lives through whatever a handler leaves behind', async () => {
    const skill = await startListening();
    for (const mood of ['stray-rejection', 'stray-exception', 'throws']) await invoke(skill.port, mood);
    await waitForLog(skill, /uncaught exception/);
    await waitForLog(skill, /unhandled rejection/);
    expect((await invoke(skill.port, 'quick')).status).toBe(200);
  });

  it('aborts a call when its client goes away', async () => {
    const skill = await startListening();
    const socket = connect(skill.port, '127.0.0.1');
    const body = JSON.stringify({ input: { mood: 'until-aborted' } });
    socket.write(
      `POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await waitForLog(skill, /waiting for an abort/);
    socket.destroy();
    await waitForLog(skill, /the signal was aborted/);
    await waitForLog(skill, /"status":499/);
  });

  it('says that its port is taken, and how to choose another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const skill = start({ PORT: String(port), HOST: '127.0.0.1' });
    expect(await skill.exit).toBe(1);
    expect(skill.output()).toContain(`moody cannot start: port ${port} of 127.0.0.1 is in use. Set PORT`);
    other.close();
  });

  it('says what is wrong with its settings', async () => {
    const skill = start({ PORT: '80a' });
    expect(await skill.exit).toBe(1);
    expect(skill.output()).toContain('PORT is "80a"');
  });
});

describe('listenAddress', () => {
  it.each([
    [{}, { host: '127.0.0.1', port: 8080 }],
    [{ PORT: '9000' }, { host: '0.0.0.0', port: 9000 }],
    [
      { PORT: '9000', HOST: '127.0.0.1' },
      { host: '127.0.0.1', port: 9000 },
    ],
    [
      { PORT: '', HOST: '::1' },
      { host: '::1', port: 8080 },
    ],
  ])('of %o is %o', (env, address) => {
    expect(listenAddress(env)).toEqual(address);
  });

  it.each(['-1', '65536', '80a', '1e3', ' 80'])('refuses PORT "%s"', (port) => {
    expect(() => listenAddress({ PORT: port })).toThrow(`PORT is "${port}"`);
  });
});
