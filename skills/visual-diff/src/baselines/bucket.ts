import { SkillError } from '@odoobo/skill-kit';
import { AwsClient } from 'aws4fetch';
import type { Files } from './files.js';

/** The longest time for one call of the store, in milliseconds. */
const callMs = 10_000;

export interface Bucket {
  name: string;
  /** Folder in the bucket; empty for none. */
  prefix: string;
  /** URL of the service, such as https://nyc3.digitaloceanspaces.com. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * The bucket that an address such as `s3://bucket/folder` names, with the variables that the tools of AWS read too.
 * @returns undefined for another address, which is a folder
 * @throws Error naming the variables that are missing
 */
export function bucketOf(address: string | undefined, env: NodeJS.ProcessEnv): Bucket | undefined {
  const [, name, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(address ?? '') ?? [];
  if (name === undefined) return undefined;
  const needed = ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const missing = needed.filter((variable) => !env[variable]);
  if (missing.length > 0) {
    throw new Error(`VISUAL_DIFF_BASELINES is a bucket, but ${missing.join(' and ')} must be set too.`);
  }
  const [endpoint = '', accessKeyId = '', secretAccessKey = ''] = needed.map((variable) => env[variable]);
  const region = env['AWS_REGION'] ?? 'us-east-1';
  return { name, prefix, endpoint: endpoint.replace(/\/+$/, ''), region, accessKeyId, secretAccessKey };
}

/**
 * Files in a bucket of S3 or of a service with the same API.
 * Its functions throw a SkillError 502 when the service refuses or does not answer; it holds no secret.
 */
export function filesInBucket(bucket: Bucket): Files {
  const { accessKeyId, secretAccessKey, region } = bucket;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 });
  const root = `${bucket.endpoint}/${bucket.name}`;
  const keyOf = (path: string) => [bucket.prefix, path].filter(Boolean).join('/');
  const urlOf = (path: string) => `${root}/${keyOf(path).split('/').map(encodeURIComponent).join('/')}`;

  async function call(method: string, url: string, content?: string | Buffer): Promise<Response> {
    const signal = AbortSignal.timeout(callMs);
    const body = content === undefined ? {} : { body: Buffer.from(content) };
    const answer = await client.fetch(url, { method, signal, ...body }).catch((cause: unknown) => {
      throw failed(bucket, 'does not answer', cause);
    });
    if (!answer.ok && answer.status !== 404) throw failed(bucket, `answered ${answer.status} to ${method}`);
    return answer;
  }

  return {
    async read(path) {
      const answer = await call('GET', urlOf(path));
      return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
    },
    async write(path, content) {
      const { ok } = await call('PUT', urlOf(path), content);
      if (!ok) throw failed(bucket, 'has no such bucket');
    },
    async remove(path) {
      await call('DELETE', urlOf(path));
    },
    async names(folder) {
      const prefix = folder === '' ? keyOf('').replace(/(.)$/, '$1/') : `${keyOf(folder)}/`;
      const names: string[] = [];
      for (let token: string | undefined = ''; token !== undefined;) {
        const query = new URLSearchParams({ 'list-type': '2', delimiter: '/', prefix });
        if (token) query.set('continuation-token', token);
        const answer = await call('GET', `${root}?${query}`);
        if (!answer.ok) throw failed(bucket, 'has no such bucket');
        const page = await answer.text();
        names.push(...namesIn(page, prefix));
        token = valuesOf(page, 'NextContinuationToken')[0];
      }
      return names;
    },
  };
}

/** The store writes names of letters, digits, dots and dashes only, so nothing in them is escaped. */
function namesIn(page: string, prefix: string): string[] {
  const folders = valuesOf(page, 'CommonPrefixes').flatMap((entry) => valuesOf(entry, 'Prefix'));
  return [...folders, ...valuesOf(page, 'Key')]
    .map((key) => key.slice(prefix.length).replace(/\/$/, ''))
    .filter(Boolean);
}

function valuesOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(([, value = '']) => value);
}

function failed({ name, endpoint }: Bucket, what: string, cause?: unknown): SkillError {
  const message = `The store of the baselines, bucket "${name}" at ${endpoint}, ${what}. Check VISUAL_DIFF_BASELINES and the AWS variables.`;
  return new SkillError(502, 'store_unreachable', message, { cause });
}
