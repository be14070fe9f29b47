import {
  createApp_proposeFromDiscriminatorValue,
  createApps_create_app_requestFromDiscriminatorValue,
  createApps_create_deployment_requestFromDiscriminatorValue,
  createApps_rollback_app_requestFromDiscriminatorValue,
  createApps_update_app_requestFromDiscriminatorValue,
} from '@digitalocean/dots';
import type { Parsable, ParsableFactory } from '@microsoft/kiota-abstractions';
import { JsonParseNode } from '@microsoft/kiota-serialization-json';
import { AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { operationOf } from './operations.js';
import { unread } from './unread.js';

/** How DigitalOcean reads the body of a request. */
const bodies: Record<string, ParsableFactory<Parsable>> = {
  'POST /v2/apps': createApps_create_app_requestFromDiscriminatorValue,
  'PUT /v2/apps/{app_id}': createApps_update_app_requestFromDiscriminatorValue,
  'POST /v2/apps/{app_id}/deployments': createApps_create_deployment_requestFromDiscriminatorValue,
  'POST /v2/apps/{app_id}/rollback': createApps_rollback_app_requestFromDiscriminatorValue,
  'POST /v2/apps/{app_id}/rollback/validate': createApps_rollback_app_requestFromDiscriminatorValue,
  'POST /v2/apps/propose': createApp_proposeFromDiscriminatorValue,
};

const file = new URL('../example-spec.json', import.meta.url);
const spec = JSON.parse(readFileSync(file, 'utf8')) as AppSpec;

it("makes only calls that DigitalOcean's client has, with queries and bodies that it knows", async () => {
  const requests: { request: string; body: unknown }[] = [];
  const client = await recordingClient(requests);
  await client.listApps();
  await client.getApp('a');
  await client.createApp(spec);
  await client.updateApp('a', spec, { updateAllSourceVersions: true });
  await client.listDeployments('a');
  await client.getDeployment('a', 'd');
  await client.createDeployment('a', { forceBuild: true });
  await client.cancelDeployment('a', 'd');
  await client.getLogs({ appId: 'a', type: 'RUN', follow: true });
  await client.getLogs({ appId: 'a', deploymentId: 'd', type: 'BUILD' });
  await client.getLogs({ appId: 'a', deploymentId: 'd', component: 'c', type: 'DEPLOY' });
  await client.getLogs({ appId: 'a', component: 'c', type: 'RUN_RESTARTED' });
  await client.rollback('a', 'd', { skipPin: true });
  await client.validateRollback('a', 'd', { skipPin: true });
  await client.commitRollback('a');
  await client.revertRollback('a');
  await client.propose(spec, { appId: 'a' });
  for (const metric of ['cpu_percentage', 'memory_percentage', 'restart_count'] as const)
    await client.appMetric('a', metric, { start: 1, end: 2 });
  await client.deleteApp('a');

  expect(requests).toHaveLength(21);
  for (const { request, body } of requests) {
    const operation = operationOf(request);
    const query = new URL(request.split(' ')[1] ?? '', 'http://x').searchParams;
    expect(operation?.query, request).toEqual(expect.arrayContaining([...query.keys()]));
    const read = bodies[operation?.id ?? ''];
    expect(body !== undefined, request).toBe(read !== undefined);
    if (read) expect(unread(body, new JsonParseNode(body).getObjectValue(read)), request).toEqual([]);
  }
});

/** A client of a server that gives every call the same reply. */
async function recordingClient(requests: { request: string; body: unknown }[]): Promise<AppPlatformClient> {
  const deployment = { id: 'd' };
  const app = { id: 'a', spec };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      requests.push({ request: `${request.method} ${request.url}`, body });
      response.end(JSON.stringify({ app, deployment, data: { result: [] } }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new AppPlatformClient({ url, token: 'token' });
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  return client;
}
