import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { printedLimit } from '../logs/log-limits.js';
import { type ServerFolder, serverFolder } from '../testing/cli.test.helper.js';
import { eventually, specOf } from '../testing/platform.test.helper.js';

/** Prints the requested number of numbered lines of a kilobyte, and answers when it has. */
const chatty = `
  import { createServer } from 'node:http';
  let n = 0;
  createServer((request, response) => {
    const lines = Number(new URL(request.url, 'http://localhost').searchParams.get('lines') ?? 0);
    for (let end = n + lines; n < end; n++) console.log('line ' + n + ' ' + 'x'.repeat(1000));
    response.end(String(n));
  }).listen(process.env.PORT, process.env.HOST);
`;

const watchedMs = 40_000;
/** How often a log must be seen to be cut. How large it is meanwhile is up to the machine: how busy it is, how fast its disk. */
const wantedCuts = 5;

const lineBytes = 1010;
/** How much of the text is kept, in lines. */
const keptLines = Math.floor(printedLimit.kept / lineBytes) - 100;

async function runLogBytes({ directory }: ServerFolder): Promise<number> {
  const logs = join(directory, 'logs');
  const [file] = (await readdir(logs, { recursive: true })).filter((name) => name.endsWith('run.log'));
  return (await stat(join(logs, file ?? ''))).size;
}

/** The numbers of the lines of a log, and the lines that the service did not print. */
function read(text: string): { numbers: number[]; others: string[] } {
  const lines = text.trimEnd().split('\n');
  const isCounted = (line: string) => /^line \d+ x+$/.test(line);
  return {
    numbers: lines.filter(isCounted).map((line) => Number(line.split(' ')[1])),
    others: lines.filter((line) => !isCounted(line)),
  };
}

async function logOf(server: ServerFolder, app: string, more = ''): Promise<string> {
  const { historic_urls: urls } = await server.call<{ historic_urls: string[] }>(
    'GET',
    `/v2/apps/${app}/logs?type=RUN${more}`,
  );
  return (await (await fetch(urls[0] ?? '')).text()).replace(/^\S+ \S+Z /gm, '');
}

if (process.env['NIGHTLY']) {
  it('the log of a service that prints without end stays at a few megabytes, with or without a server', async () => {
    const server = await serverFolder();
    await server.ensure();
    const { id } = await server.create(specOf('shop', await server.image(chatty)));
    const { live_url: url = '' } = await server.settled(id);
    const chat = async (lines: number) => Number(await (await fetch(`${url}/?lines=${lines}`)).text());
    const isCut = () =>
      eventually(async () => ((await runLogBytes(server)) <= printedLimit.most ? true : undefined));

    await chat(30_000);
    await isCut();
    // No server runs: the process that serves the addresses looks after the logs.
    await server.killServer();
    await chat(30_000);
    await isCut();
    await server.ensure();
    const printed = await chat(30_000);
    await isCut();
    expect(printed).toBe(90_000);

    const { numbers, others } = read(await logOf(server, id));
    expect(numbers.length).toBeGreaterThan(keptLines);
    expect(numbers).toEqual(numbers.map((_, index) => printed - numbers.length + index));
    expect(others.map((line) => line.trim())).toEqual([
      '[local-platform] earlier lines were deleted: the log was full',
    ]);
  }, 60_000);
}

it('a service that prints as fast as it can does not fill the disk, and its last lines are available at once', async () => {
  const server = await serverFolder();
  await server.ensure();
  const flood = `
    import { spawn } from 'node:child_process';
    import { createServer } from 'node:http';
    spawn('yes', { stdio: 'inherit' });
    createServer((_, response) => response.end()).listen(process.env.PORT, process.env.HOST);
  `;
  const { id } = await server.create(specOf('flood', await server.image(flood)));
  const { active_deployment: live } = await server.settled(id);
  expect(live?.phase).toBe('ACTIVE');
  let [cuts, before] = [0, 0];
  for (const until = performance.now() + watchedMs; cuts < wantedCuts; await delay(20)) {
    if (performance.now() > until) break;
    const size = await runLogBytes(server);
    if (size < before) cuts++;
    before = size;
  }
  expect(cuts).toBe(wantedCuts);
  expect(await logOf(server, id, '&tail_lines=3')).toBe('y\ny\ny\n');
  await server.call('DELETE', `/v2/apps/${id}`);
}, 90_000);
