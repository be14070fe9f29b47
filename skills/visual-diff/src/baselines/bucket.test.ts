import { callSkill, closedHost } from '@odoobo/skill-kit/testing';
import { AwsClient } from 'aws4fetch';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { visualDiffSkill } from '../skill.js';
import { bucketOf, filesInBucket } from './bucket.js';
import { BaselineStore, screenshotOf } from './store.js';

const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'keep-this-out-of-messages' };

/** The S3 server of moto (pip install 'moto[s3,server]'). */
const hasServer = spawnSync('moto_server', ['--help']).status === 0;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a server with an empty bucket. @returns the variables that name it */
async function startBucket(): Promise<NodeJS.ProcessEnv> {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const server = spawn('moto_server', ['-p', new URL(endpoint).port], { stdio: 'ignore' });
  onTestFinished(() => void server.kill());
  const client = new AwsClient({
    accessKeyId: keys.AWS_ACCESS_KEY_ID,
    secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'us-east-1',
  });
  const create = () => client.fetch(`${endpoint}/shots`, { method: 'PUT' }).catch(() => undefined);
  while (!(await create())?.ok) await delay(50);
  return { ...keys, VISUAL_DIFF_BASELINES: 's3://shots/team/web', AWS_ENDPOINT_URL_S3: endpoint };
}

describe.skipIf(!hasServer)('a bucket (needs moto_server)', { timeout: 60_000 }, () => {
  it('keeps baselines as a folder does', async () => {
    const env = await startBucket();
    const bucket = bucketOf(env['VISUAL_DIFF_BASELINES'], env);
    if (!bucket) throw new Error('no bucket');
    const files = filesInBucket(bucket);
    const store = new BaselineStore(files);
    const viewport = { name: 'desktop', width: 1280, height: 800, mobile: false };
    const place = { route: '/cart', viewport };
    expect(await store.baseline('shop', place)).toBeUndefined();
    await store.keepCandidate('shop', place, Buffer.from('first'));
    await store.keepCandidate('shop', place, Buffer.from('second'));
    await expect(store.approve('shop', [screenshotOf(Buffer.from('first'))])).rejects.toMatchObject({
      status: 409,
    });
    await store.approve('shop', [screenshotOf(Buffer.from('second'))]);
    expect((await store.baseline('shop', place))?.png.toString()).toBe('second');
    expect(await files.names('')).toEqual(['shop']);
    const [folder = ''] = await files.names('shop');
    expect((await files.names(`shop/${folder}`)).sort()).toEqual(
      ['baseline.json', `${screenshotOf(Buffer.from('second'))}.png`].sort(),
    );
  });

  if (process.env['NIGHTLY']) {
    it('lists more files than one answer of the service holds', async () => {
      const env = await startBucket();
      const bucket = bucketOf(env['VISUAL_DIFF_BASELINES'], env);
      if (!bucket) throw new Error('no bucket');
      const files = filesInBucket(bucket);
      const names = Array.from({ length: 1005 }, (_, i) => `${i}`);
      for (let first = 0; first < names.length; first += 50)
        await Promise.all(names.slice(first, first + 50).map((name) => files.write(`many/${name}`, 'x')));
      expect((await files.names('many')).sort()).toEqual(names.sort());
    });
  }

  it('is what every answer calls durable', async () => {
    const skill = visualDiffSkill(await startBucket());
    const { output } = await callSkill(skill, { operation: 'list', project: 'shop' });
    expect(output).toEqual({ operation: 'list', durable: true, baselines: [], candidates: [] });
  });

  it('that does not exist is an error that says so', async () => {
    const env = { ...(await startBucket()), VISUAL_DIFF_BASELINES: 's3://nowhere' };
    const { status, error } = await callSkill(visualDiffSkill(env), { operation: 'list', project: 'shop' });
    expect([status, error?.code]).toEqual([502, 'store_unreachable']);
    expect(error?.message).toContain('bucket "nowhere"');
  });
});

describe('a bucket', () => {
  it('that cannot be reached is a 502 without secrets', async () => {
    const endpoint = `http://${await closedHost()}`;
    const env = { ...keys, VISUAL_DIFF_BASELINES: 's3://shots', AWS_ENDPOINT_URL_S3: endpoint };
    const { status, error } = await callSkill(visualDiffSkill(env), { operation: 'list', project: 'shop' });
    expect([status, error?.code]).toEqual([502, 'store_unreachable']);
    expect(JSON.stringify(error)).not.toContain(keys.AWS_SECRET_ACCESS_KEY);
  });

  it('without its variables stops the start, and the error names them', () => {
    const env = { VISUAL_DIFF_BASELINES: 's3://shots', AWS_ACCESS_KEY_ID: 'a' };
    expect(() => visualDiffSkill(env)).toThrow(
      'VISUAL_DIFF_BASELINES is a bucket, but AWS_ENDPOINT_URL_S3 and AWS_SECRET_ACCESS_KEY must be set too.',
    );
  });
});
