import { imageStoreOf } from '@odoobo/local-platform';
import { buildArtefact } from '@odoobo/ship/artefact/build-artefact';
import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How long a stream lasts, in steps of 100 ms. */
export const streamSteps = 20;

/** A service that answers with its name, slowly if asked, as a stream, and on a WebSocket. A broken one fails whatever is not its health. */
function sourceOf(name: string): string {
  return `
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const server = createServer(async (request, response) => {
  for await (const _ of request);
  if (request.url !== '/health' && ${name === 'broken'}) return response.writeHead(500).end('broken');
  const wait = Number(new URL(request.url, 'http://shop').searchParams.get('wait') ?? 0);
  await delay(wait);
  if (request.url !== '/stream') return response.end(${JSON.stringify(name)});
  for (let step = 0; step < ${streamSteps}; step++) {
    response.write('.');
    await delay(100);
  }
  response.end('!');
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => undefined);
  if (${name === 'broken'}) return socket.end('HTTP/1.1 500 Internal Server Error\\r\\ncontent-length: 6\\r\\n\\r\\nbroken');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n');
  socket.pipe(socket);
});
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
}

/** Puts images of the versions and of the router in the platform's store. @returns their digests by name */
export async function buildImages(
  folder: string,
  store: string,
  versions: readonly string[],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const name of [...versions, 'router']) {
    const root = join(folder, name);
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
    const entry = join(root, 'main.js');
    if (name === 'router')
      await copyFile(fileURLToPath(import.meta.resolve('@odoobo/router/router.mjs')), entry);
    else await writeFile(entry, sourceOf(name));
    const manifest = {
      id: name,
      version: '1.0.0',
      description: name,
      contract: 'http',
      runtime: 'node',
      entry: 'main.js',
    };
    const { imageDirectory } = await buildArtefact(root, skillManifestSchema.parse(manifest));
    digests[name] = await imageStoreOf(store).import(imageDirectory);
  }
  return digests;
}
