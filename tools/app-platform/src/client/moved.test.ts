import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import { AppPlatformClient } from './client.js';
import { app, exampleSpec, failure, type Handler, json, serve, tokenPattern } from './serve.test.helper.js';

describe('a platform that has moved', () => {
  it('is found again, and a write that somebody else refused is sent once', async () => {
    const moved = await serve((_request, response) => json(response, 200, { app }));
    const locate = () => Promise.resolve(moved.url);
    const other = await serve(
      (_request, response) => json(response, 401, { id: 'unauthorized', message: 'Who?' }),
      {
        locate,
      },
    );
    expect((await other.client.createApp(exampleSpec)).id).toBe('id-1');
    expect((await other.client.getApp('id-1')).id).toBe('id-1');
    expect(other.requests).toEqual(['POST /v2/apps']);
    expect(moved.requests).toEqual(['POST /v2/apps', 'GET /v2/apps/id-1']);
  });

  it('is looked for when nothing answers, and its absence is reported as usual', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    closed.close();
    await once(closed, 'close');
    let asked = 0;
    const nowhere = () => {
      asked += 1;
      return Promise.resolve(undefined);
    };
    const client = new AppPlatformClient({
      url,
      token: tokenPattern,
      clock: hastyClock(10),
      locate: nowhere,
    });
    onTestFinished(() => client.close());
    expect(await failure(client.listApps())).toMatchObject({ outcome: 'unsent', tries: 5 });
    expect(asked).toBe(5);
  });

  it('that does not know the token either is reported as such', async () => {
    const unknown: Handler = (_request, response) =>
      json(response, 401, { id: 'unauthorized', message: 'Who?' });
    const moved = await serve(unknown);
    const locate = () => Promise.resolve(moved.url);
    const { client } = await serve(unknown, { clock: hastyClock(10), locate });
    expect(await failure(client.listApps())).toMatchObject({ status: 401, tries: 5 });
    expect(moved.requests).toHaveLength(4);
  });
});
