import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/** In this order: the first group that matches is used. */
const groups: [string, (name: string, url: string) => boolean][] = [
  ['', (name) => name === '(idle)'],
  ['system calls that write to sockets', (name, url) => url === '' && /^write|^shutdown$/.test(name)],
  ['garbage collection', (name) => name === '(garbage collector)'],
  ['native code without a name: reads, polling, the HTTP parser', (_, url) => url === ''],
  ['the ingress: what it does with a request', (_, url) => /\/ingress\/dist\/[^/]+$/.test(url)],
  ['the ingress: its connections to services', (_, url) => url.includes('/ingress/dist/upstream/')],
  ['node:http, the side of the client', (_, url) => url.startsWith('node:_http')],
  ['sockets, streams, events and timers of Node.js', (_, url) => url.startsWith('node:')],
  ['other', () => true],
];

/** Groups the sampled stacks of a process by owner: each owner's share of the time that was not idle. */
export async function profileByOwner(folder: string): Promise<[string, number][]> {
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, number>();
  samples.forEach((id, index) => {
    const { functionName = '', url = '' } = frames.get(id) ?? {};
    const [owner = ''] = groups.find(([, fits]) => fits(functionName, url)) ?? [];
    spent.set(owner, (spent.get(owner) ?? 0) + (timeDeltas[index] ?? 0));
  });
  spent.delete('');
  const all = [...spent.values()].reduce((sum, one) => sum + one, 0);
  return [...spent].map(([owner, one]): [string, number] => [owner, one / all]).sort(([, a], [, b]) => b - a);
}
