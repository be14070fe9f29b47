import { linkOf } from '@odoobo/machine/process-table';
import { readdir, readFile } from 'node:fs/promises';
import { type Mark, markedProcesses } from './mark.js';
import { membersOf } from './members.js';
import type { ProcessGroup } from './process-group.js';

/** Where a process listens for TCP connections. */
export interface Listener {
  /** As in `127.0.0.1`, or `::1`. */
  address: string;
  port: number;
}

/** Where the processes of a group listen. On Linux; other systems do not report it without a program of its own. */
export async function listenersOf({ belonging }: Pick<ProcessGroup, 'belonging'>): Promise<Listener[]> {
  if (process.platform !== 'linux') return [];
  return listenersAmong(membersOf(await markedProcesses(), belonging).map(({ pid }) => pid));
}

async function listenersAmong(pids: readonly number[]): Promise<Listener[]> {
  const sockets = new Set((await Promise.all(pids.map(socketsOf))).flat());
  const tables = await Promise.all(
    // A machine without IPv6 has no second table.
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap((table) => listening(table, sockets));
}

/** The mark of the process that listens on a port, if it is one of a platform's. On Linux only. */
export async function listenerOn(port: number): Promise<Mark | undefined> {
  const rows = process.platform === 'linux' ? await markedProcesses() : [];
  for (const { pid, mark } of rows) {
    if (typeof mark !== 'object') continue;
    const found = await listenersAmong([pid]);
    if (found.some((listener) => listener.port === port)) return mark;
  }
  return undefined;
}

/** The inodes of the sockets that a process has open; none if it has ended. */
async function socketsOf(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  return names.flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1] ?? []);
}

/** The state of a socket that listens: proc(5), and the kernel's include/net/tcp_states.h. */
const listenState = '0A';

function listening(table: string, sockets: ReadonlySet<string>): Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (state !== listenState || !sockets.has(inode)) return [];
    const [address = '', port = ''] = local.split(':');
    return [{ address: addressOf(address), port: Number.parseInt(port, 16) }];
  });
}

/** The kernel writes each word of four bytes in the order of the processor, which is the reverse of the network's. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  // The one form of an address that people know: https://www.rfc-editor.org/rfc/rfc5952
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
