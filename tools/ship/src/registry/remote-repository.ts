import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { mediaTypes, parseDocument } from './oci.js';
import { followLocation, showRepository } from './reference.js';
import { headerOf, type RegistryClient, type RegistryReply } from './registry-client.js';
import { imageTroubles, RegistryError } from './registry-error.js';
import { retried } from './retries.js';

/** Milliseconds for a small call, including its retries. */
const callTimeoutMs = 2 * 60_000;
/** Milliseconds for a layer: some hundred megabytes on a slow line. */
const uploadTimeoutMs = 15 * 60_000;
/** Registries need not accept larger manifests: the distribution specification, "Pushing Manifests". */
const largestDocument = 4 * 1024 * 1024;

const referrersSchema = z.object({ manifests: z.array(z.object({ digest: z.string() })) });

export interface Blob {
  digest: string;
  /** In bytes. */
  size: number;
  /** Opened once per attempt, and cancelled when the signal is aborted. */
  open: (signal: AbortSignal) => Promise<Readable | Buffer>;
}

/** The pull and push operations of the OCI distribution specification, for one repository. */
export class RemoteRepository {
  constructor(
    readonly client: RegistryClient,
    readonly signal?: AbortSignal | undefined,
  ) {}

  /**
   * Reads a manifest or an image's config, and checks it against its digest.
   * @param kind `manifests` or `blobs`
   * @throws RegistryError
   */
  async readDocument(
    kind: 'manifests' | 'blobs',
    digest: string,
    accept: readonly string[],
  ): Promise<Buffer> {
    const doing = `read ${digest}`;
    return this.#retried(doing, async (signal) => {
      const url = this.client.url(`${kind}/${digest}`);
      const call = {
        doing,
        method: 'GET',
        url,
        headers: { accept: accept.join(', ') },
        expect: [200],
        signal,
      } as const;
      const reply = await this.client.call(call);
      if (Number(headerOf(reply, 'content-length')) > largestDocument) {
        await reply.body.dump();
        throw new RegistryError(`${this.#name}: ${digest} is larger than ${largestDocument} bytes.`, {
          code: imageTroubles.refused,
        });
      }
      const bytes = Buffer.from(await this.client.text(reply, call));
      if (digestOf(bytes) === digest) return bytes;
      throw new RegistryError(`${this.#name}: the content of ${digest} does not match its digest.`, {
        code: imageTroubles.unavailable,
        again: true,
      });
    });
  }

  /** The digest that a tag names now. @throws RegistryError */
  async resolveTag(tag: string, accept: readonly string[]): Promise<string | undefined> {
    const headers = { accept: accept.join(', ') };
    const reply = await this.#head(`manifests/${tag}`, `look up ${tag}`, [200], headers);
    return headerOf(reply, 'docker-content-digest');
  }

  /** The digest that a tag names now; undefined where there is no such tag. @throws RegistryError */
  async findTag(tag: string, accept: readonly string[]): Promise<string | undefined> {
    const headers = { accept: accept.join(', ') };
    const reply = await this.#head(`manifests/${tag}`, `look for ${tag}`, [200, 404], headers);
    return reply.statusCode === 200 ? headerOf(reply, 'docker-content-digest') : undefined;
  }

  async hasManifest(digest: string): Promise<boolean> {
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    const reply = await this.#head(`manifests/${digest}`, 'look for the image', [200, 404], headers);
    return reply.statusCode === 200;
  }

  async hasBlob(digest: string): Promise<boolean> {
    const reply = await this.#head(`blobs/${digest}`, `look for ${digest}`, [200, 404]);
    return reply.statusCode === 200;
  }

  /**
   * The statements about an image, as the registry lists them; undefined where it lists none by itself.
   * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
   * @throws RegistryError
   */
  async readReferrers(digest: string): Promise<{ digest: string }[] | undefined> {
    const doing = `list the statements about ${digest}`;
    return this.#retried(doing, async (signal) => {
      const url = this.client.url(`referrers/${digest}`);
      const headers = { accept: mediaTypes.index };
      const call = { doing, method: 'GET', url, headers, expect: [200, 404], signal } as const;
      const reply = await this.client.call(call);
      const text = await this.client.text(reply, call);
      if (reply.statusCode === 404) return undefined;
      return parseDocument(Buffer.from(text), referrersSchema, 'the list of referrers').manifests;
    });
  }

  /** Opens a layer of any size, once. @throws RegistryError */
  async openBlob(digest: string, signal: AbortSignal): Promise<Readable> {
    const url = this.client.url(`blobs/${digest}`);
    return (await this.client.call({ doing: `read ${digest}`, method: 'GET', url, expect: [200], signal }))
      .body;
  }

  /** Uploads a blob, unless it is there. @throws RegistryError */
  async uploadMissing(blob: Blob): Promise<void> {
    if (!(await this.hasBlob(blob.digest))) await this.upload(blob);
  }

  /**
   * Uploads a blob as a whole, in a new session for each attempt; or has the registry mount it from another of its
   * repositories, if that works.
   * @throws RegistryError
   */
  async upload(blob: Blob, mountFrom?: string): Promise<void> {
    const doing = `push ${blob.digest}`;
    await this.#retried(
      doing,
      async (signal) => {
        const session = await this.#startUpload(doing, blob.digest, mountFrom, signal);
        if (!session) return;
        session.searchParams.set('digest', blob.digest);
        const headers = { 'content-type': 'application/octet-stream', 'content-length': `${blob.size}` };
        const body = () => blob.open(signal);
        const call = { doing, method: 'PUT', url: session, headers, body, expect: [201], signal } as const;
        await dump(await this.client.call(call));
      },
      uploadTimeoutMs,
    );
  }

  /**
   * Pushes a manifest under a tag or its digest; the blobs that it names must already be there.
   * @returns whether the registry lists it among the referrers of its subject
   * @throws RegistryError
   */
  async pushManifest(
    manifest: { digest: string; mediaType: string; bytes: Buffer },
    reference: string,
  ): Promise<{ listsReferrers: boolean }> {
    const { digest, bytes, mediaType } = manifest;
    const doing = 'push the manifest';
    const headers = { 'content-type': mediaType };
    return this.#retried(doing, async (signal) => {
      const url = this.client.url(`manifests/${reference}`);
      const body = async () => bytes;
      const call = { doing, method: 'PUT', url, headers, body, expect: [201], signal } as const;
      const reply = await this.client.call(call);
      await dump(reply);
      const taken = headerOf(reply, 'docker-content-digest') ?? digest;
      if (taken === digest) return { listsReferrers: headerOf(reply, 'oci-subject') !== undefined };
      throw new RegistryError(`${this.#name}: the registry stored ${digest} as ${taken}.`, {
        code: imageTroubles.refused,
      });
    });
  }

  /** Undefined if the blob was mounted. */
  async #startUpload(
    doing: string,
    digest: string,
    mountFrom: string | undefined,
    signal: AbortSignal,
  ): Promise<URL | undefined> {
    const url = this.client.url('blobs/uploads/');
    if (mountFrom !== undefined)
      url.search = new URLSearchParams({ mount: digest, from: mountFrom }).toString();
    const reply = await this.client.call({ doing, method: 'POST', url, expect: [201, 202], signal });
    await dump(reply);
    if (reply.statusCode === 201) return undefined;
    const location = headerOf(reply, 'location');
    if (location === undefined)
      throw new RegistryError(`${this.#name}: the registry returned no upload location.`, {
        code: imageTroubles.refused,
      });
    return this.client.safely(doing, async () => followLocation(location, url));
  }

  async #head(
    path: string,
    doing: string,
    expect: readonly number[],
    headers: Record<string, string> = {},
  ): Promise<RegistryReply> {
    const url = this.client.url(path);
    return this.#retried(doing, async (signal) => {
      const reply = await this.client.call({ doing, method: 'HEAD', url, headers, expect, signal });
      await dump(reply);
      return reply;
    });
  }

  get #name(): string {
    return showRepository(this.client.repository);
  }

  #retried<T>(
    doing: string,
    work: (signal: AbortSignal) => Promise<T>,
    timeoutMs = callTimeoutMs,
  ): Promise<T> {
    const what = `${this.#name}: could not ${doing}`;
    return retried(what, { timeoutMs, signal: this.signal }, work);
  }
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A reply that is not read would keep its connection open. */
async function dump({ body }: RegistryReply): Promise<void> {
  await body.dump();
}
