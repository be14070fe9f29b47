import { describe, expect, it } from 'vitest';
import { json, serve } from './serve.test.helper.js';

describe('logs', () => {
  it('ask for the right URL at each level', async () => {
    const { client, requests } = await serve((_, response) => json(response, 200, { historic_urls: [] }));
    await client.getLogs({ appId: 'a', type: 'RUN', follow: true });
    await client.getLogs({ appId: 'a', deploymentId: 'd', type: 'BUILD' });
    await client.getLogs({ appId: 'a', deploymentId: 'd', component: 'c', type: 'DEPLOY', tailLines: 5 });
    expect(requests).toEqual([
      'GET /v2/apps/a/logs?type=RUN&follow=true',
      'GET /v2/apps/a/deployments/d/logs?type=BUILD',
      'GET /v2/apps/a/deployments/d/components/c/logs?type=DEPLOY&tail_lines=5',
    ]);
  });

  it('keep the end of a long one', async () => {
    const { client, url } = await serve((_, response) => void response.end('x'.repeat(5_000) + 'end'));
    expect(await client.fetchLog({ historic_urls: [url] }, { tailBytes: 5 })).toBe('xxend');
  });

  it('take what has come of one that never ends', async () => {
    const { client, url } = await serve((_, response) => void response.write('so far'));
    expect(await client.fetchLog({ historic_urls: [url] }, { withinMs: 200 })).toBe('so far');
  });
});
