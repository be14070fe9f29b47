import { once } from 'node:events';
import { expect, it } from 'vitest';
import { cliStream, type ServerFolder, serverFolder } from '../testing/cli.test.helper.js';
import { eventually, specOf } from '../testing/platform.test.helper.js';

/** Prints a number every few milliseconds, and one last time when it gets SIGTERM. */
function counting(version: string): string {
  return `
    import { createServer } from 'node:http';
    let n = 0;
    const count = () => console.log('${version} ' + process.pid + ' ' + n++);
    setInterval(count, 20);
    createServer((request, response) => {
      if (request.url === '/exit') process.exit(3);
      response.end();
    }).listen(process.env.PORT, process.env.HOST);
    process.on('SIGTERM', () => { count(); console.log('${version} ends'); process.exit(0); });
  `;
}

/** Follows the log of an app from the command line. */
function follow(server: ServerFolder, app: string) {
  const child = cliStream(['logs', app, '--follow', '--directory', server.directory]);
  const shown = { text: '', notices: '' };
  child.stdout.on('data', (chunk: Buffer) => (shown.text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (shown.notices += chunk.toString()));
  const ended = once(child, 'exit');
  const see = (pattern: RegExp) =>
    eventually(() => (pattern.test(`${shown.text}\n${shown.notices}`) ? true : undefined), 20_000);
  return { shown, ended, see };
}

/** The numbers that each process printed, in the order of the processes' first lines. */
function numbersIn(text: string): number[][] {
  const byProcess = new Map<string, number[]>();
  for (const [, pid = '', number] of text.matchAll(/ (\d+) (\d+)\n/g)) {
    byProcess.set(pid, [...(byProcess.get(pid) ?? []), Number(number)]);
  }
  return [...byProcess.values()];
}

function expectEachOnce(text: string, processes: number): void {
  const shown = numbersIn(text);
  expect(shown).toHaveLength(processes);
  for (const numbers of shown) expect(numbers).toEqual(numbers.map((_, index) => index));
}

it("follows an app across crashes, deployments and the server's end, and reports them", async () => {
  const server = await serverFolder();
  await server.ensure();
  const { id } = await server.create(specOf('shop', await server.image(counting('one'))));
  const { live_url: url = '', active_deployment: first } = await server.settled(id);
  const followed = follow(server, 'shop');
  await followed.see(/one \d+ 30\n/);

  await fetch(`${url}/exit`).catch(() => undefined);
  await followed.see(/the service ended with code 3; it is restarted/);
  const printed = numbersIn(followed.shown.text).length;
  await eventually(() => (numbersIn(followed.shown.text).length > printed ? true : undefined));

  await server.call('PUT', `/v2/apps/${id}`, { spec: specOf('shop', await server.image(counting('two'))) });
  const { active_deployment: second } = await server.settled(id);
  await followed.see(/two \d+ 30\n/);
  expect(followed.shown.notices).toBe(
    `— deployment ${first?.id} was replaced by ${second?.id}; following ${second?.id}\n`,
  );
  await followed.see(/one ends/);

  await server.killServer();
  await followed.see(/— connection lost; the log continues when the platform answers again/);
  await server.ensure();
  const seen = Math.max(...(numbersIn(followed.shown.text).at(-1) ?? []));
  await followed.see(new RegExp(`two \\d+ ${seen + 50}\n`));

  // The new server has another token, and restarts the service.
  await server.stop();
  await server.ensure();
  await followed.see(/two ends/);
  await eventually(() => (numbersIn(followed.shown.text).length === 4 ? true : undefined), 20_000);

  await server.call('DELETE', `/v2/apps/${id}`);
  expect((await followed.ended)[0]).toBe(0);
  expect(followed.shown.notices.trimEnd().split('\n').at(-1)).toBe('— shop was deleted');
  expectEachOnce(followed.shown.text, 4);
}, 90_000);
