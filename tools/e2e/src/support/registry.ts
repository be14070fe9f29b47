import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Packument {
  versions: Record<string, object>;
}

/** The body that `npm publish` sends: a packument of one version, with its tarball. */
interface Publication extends Packument {
  _attachments: Record<string, { data: string }>;
}

export interface PackageRegistry {
  url: string;
  /** Lines for `.npmrc`: packages of the scope come from here, all others from npm's usual registry. */
  npmrc: string;
  close(): Promise<void>;
}

/**
 * An npm registry for the packages of one scope, on its own port. It keeps them in memory; the version that was published last is
 * the newest.
 * Requests: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md, and what npm itself sends.
 */
export async function startPackageRegistry(scope: string): Promise<PackageRegistry> {
  const files = new Map<string, string | Buffer>();
  const server = createServer((request, response) => {
    answer(files, request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ error: String(error) }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `//127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url: `http:${address}`,
    // npm publishes only with a token, but any token works.
    npmrc: `${scope}:registry=http:${address}\n${address}:_authToken=anyone\n`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** @param files packuments and tarballs, by path */
async function answer(
  files: Map<string, string | Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = decodeURIComponent(request.url ?? '').slice(1);
  if (request.method === 'PUT') {
    const { _attachments: tarballs, ...packument } = (await json(request)) as Publication;
    const earlier = JSON.parse(files.get(path)?.toString() ?? '{}') as Partial<Packument>;
    const versions = { ...earlier.versions, ...packument.versions };
    // Yarn and pnpm do not take versions that are younger than some days.
    const time = Object.fromEntries(
      Object.keys(versions).map((version) => [version, '2020-01-01T00:00:00Z']),
    );
    files.set(path, JSON.stringify({ ...packument, versions, time }));
    for (const [file, { data }] of Object.entries(tarballs)) {
      files.set(`${path}/-/${file}`, Buffer.from(data, 'base64'));
    }
    response.writeHead(201).end('{}');
    return;
  }
  // Another run may have the same port with other packages.
  response.setHeader('cache-control', 'no-store');
  response.writeHead(files.has(path) ? 200 : 404).end(files.get(path) ?? '{}');
}
