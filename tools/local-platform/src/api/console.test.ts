import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isGone } from '../testing/components.test.helper.js';
import { openLiveLog, refusal } from '../testing/live-log.test.helper.js';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

const hasScript = hasUtilLinux();

function hasUtilLinux(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

describe.skipIf(!hasScript)('the console of a component (needs script of util-linux)', () => {
  it('is a shell in the folder and the environment of an instance, and ends with its client', async () => {
    const test = await testPlatform();
    const digest = await test.image(goodService('one'));
    const envs = [{ key: 'GREETING', value: 'grüezi' }];
    const { id } = await test.deploy(specOf('shop', digest, { envs }));
    const { body } = await test.call<{ url: string }>('GET', `/v2/apps/${id}/components/web/exec`);
    const console = openLiveLog(body.url);
    await console.opened;
    const send = (message: object) => console.socket.send(JSON.stringify(message));
    send({ op: 'resize', width: 111, height: 22 });
    send({ op: 'stdin', data: 'echo "$GREETING and $((40 + 2))"; echo shell $$; stty size\n' });
    const text = async (form: RegExp) =>
      expect.poll(() => form.exec(console.lines.join(''))?.[1], { timeout: 10_000 }).toBeTruthy();
    await text(/(grüezi and 42)/);
    await text(/shell (\d+)/);
    const shell = Number(/shell (\d+)/.exec(console.lines.join(''))?.[1]);
    await expect
      .poll(
        () => {
          send({ op: 'stdin', data: 'stty size\n' });
          return console.lines.join('');
        },
        { timeout: 10_000 },
      )
      .toContain('22 111');
    console.socket.close();
    await isGone(shell);

    const again = await test.call<{ url: string }>('GET', `/v2/apps/${id}/components/web/exec`);
    const other = openLiveLog(again.body.url);
    await other.opened;
    other.socket.send(JSON.stringify({ op: 'stdin', data: 'exit\n' }));
    expect(await other.closed).toBe(1000);
    expect(await refusal(again.body.url.replace(/token=\d+/, 'token=9999999999999'))).toBe(403);
  }, 30_000);

  it('is refused where nothing runs', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const { id } = await test.create(specOf('shop', noDigest));
    const answer = await test.call('GET', `/v2/apps/${id}/components/web/exec`);
    expect(answer).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('no instance of "web"') },
    });
  });
});
