import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { table } from '../support/report.js';
import { median } from '../support/statistics.js';
import { type CountingProxy, startCountingProxy } from './odoo-rpc/counting-proxy.js';
import { type Service, withService } from './service.js';

const run = promisify(execFile);
const here = join(import.meta.dirname, '../../src/skills/odoo-rpc');
const operations = ['search_read', 'create', 'write', 'fields_get'];
const repetitions = 200;

interface Tool {
  name: string;
  from: 'npm' | 'PyPI' | 'here';
  protocol: string;
}

const tools: Tool[] = [
  { name: 'odoo-rpc', from: 'here', protocol: 'HTTP, then JSON-RPC' },
  { name: 'odoo-await', from: 'npm', protocol: 'XML-RPC' },
  { name: 'odoo-xmlrpc', from: 'npm', protocol: 'XML-RPC' },
  { name: 'odoorpc', from: 'PyPI', protocol: 'JSON-RPC' },
  { name: 'odooly', from: 'PyPI', protocol: 'web session' },
];

/** A database of a server: BENCH_ODOO_URL, _DATABASE, _LOGIN and _PASSWORD, or the stand-in. */
interface Database {
  url: string;
  database: string;
  login: string;
  password: string;
}

/**
 * odoo-rpc beside the clients that a user would pick instead: round trips and time of the same operations against the same
 * server, and the memory of the skill after load.
 * @returns lines of Markdown
 */
export async function measureOdooRpc(signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-odoo-'));
  const processes: ChildProcess[] = [];
  let proxy: CountingProxy | undefined;
  try {
    const missing = await install(folder, signal);
    const real = process.env['BENCH_ODOO_URL'];
    const database = real ? databaseOfEnvironment(real) : await startStandIn(processes);
    proxy = await startCountingProxy(database.url);
    const counted = { ...database, url: proxy.url };
    const around = { folder, proxy, signal };
    const env = { ODOO_ALLOWED_HOSTS: new URL(proxy.url).host };
    return await withService('odoo-rpc', env, signal, async (skill) => {
      const rows: string[][] = [];
      for (const tool of tools.filter(({ from }) => !missing.has(from))) {
        rows.push(await measure(tool, counted, { ...around, skill }));
      }
      return describe(rows, await memoryUnderLoad(skill, counted), real !== undefined, missing);
    });
  } finally {
    proxy?.close();
    for (const child of processes) child.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function databaseOfEnvironment(url: string): Database {
  const { BENCH_ODOO_DATABASE = '', BENCH_ODOO_LOGIN = '', BENCH_ODOO_PASSWORD = '' } = process.env;
  return { url, database: BENCH_ODOO_DATABASE, login: BENCH_ODOO_LOGIN, password: BENCH_ODOO_PASSWORD };
}

/** @returns the registries whose tools cannot be had */
async function install(folder: string, signal: AbortSignal): Promise<Set<string>> {
  await writeFile(join(folder, 'package.json'), '{}');
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', 'odoo-await@3', 'odoo-xmlrpc@1'];
  const installs: [string, () => Promise<unknown>][] = [
    ['npm', () => run('npm', npm, { cwd: folder, signal })],
    [
      'PyPI',
      async () => {
        await run('python3', ['-m', 'venv', 'venv'], { cwd: folder, signal });
        await run('venv/bin/pip', ['install', '--quiet', 'odoorpc', 'odooly'], { cwd: folder, signal });
      },
    ],
  ];
  const missing = new Set<string>();
  for (const [registry, work] of installs) {
    await work().catch(() => missing.add(registry));
    signal.throwIfAborted();
  }
  return missing;
}

async function startStandIn(processes: ChildProcess[]): Promise<Database> {
  const server = spawn('python3', [join(here, 'server.py')], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(server);
  const [port] = (await once(createInterface(server.stdout), 'line')) as [string];
  return { url: `http://127.0.0.1:${port}`, database: 'bench', login: 'admin', password: 'admin' };
}

interface Surroundings {
  folder: string;
  skill: Service;
  proxy: CountingProxy;
  signal: AbortSignal;
}

async function measure(tool: Tool, server: Database, { folder, skill, proxy, signal }: Surroundings) {
  const { url, database, login, password } = server;
  const account = [tool.name, url, database, login, password, String(repetitions)];
  const command =
    tool.from === 'PyPI'
      ? ['venv/bin/python', join(here, 'operations.py'), ...account]
      : [process.execPath, join(here, 'operations.mjs'), ...account, skill.url];
  const { stdout } = await run(command[0] ?? '', command.slice(1), { cwd: folder, signal });
  const times = JSON.parse(stdout) as Record<string, number[]>;
  const counts = proxy.takeCounts();
  const trips = (name: string) => ((counts[name] ?? 0) / repetitions).toFixed(2);
  return [
    tool.name,
    tool.protocol,
    String(counts['connect'] ?? 0),
    ...operations.flatMap((name) => [trips(name), median(times[name] ?? []).toFixed(1)]),
  ];
}

interface Memory {
  ordinary: number;
  large: number;
}

/** Resident memory in MB after 200 ordinary requests, and then after 20 that send and 20 that get 10 MB, each 8 at once. */
async function memoryUnderLoad({ url, pid }: Service, server: Database): Promise<Memory> {
  const account = { url: server.url, database: server.database, login: server.login, key: server.password };
  const input = { ...account, model: 'res.partner' };
  const small = JSON.stringify({
    input: { operation: 'search_read', ...input, fields: ['name'], limit: 100 },
  });
  const file = { ...input, model: 'ir.attachment' };
  const datas = 'A'.repeat(10 * 1024 * 1024 - 2000);
  const values = [{ name: 'bench.bin', datas }];
  const sent = JSON.stringify({ input: { operation: 'create', ...file, values } });
  await load(url, small, 200);
  const ordinary = await residentMegabytes(pid);
  const created = await load(url, sent, 20);
  const ids = (JSON.parse(created) as { output: { result: number[] } }).output.result;
  await load(url, JSON.stringify({ input: { operation: 'read', ...file, ids, fields: ['datas'] } }), 20);
  return { ordinary, large: await residentMegabytes(pid) };
}

/** @returns the last response that was no refusal */
async function load(url: string, body: string, requests: number): Promise<string> {
  let left = requests;
  let last = '';
  const worker = async () => {
    while (left-- > 0) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/invoke`, { method: 'POST', headers, body });
      const text = await response.text();
      if (!response.ok) throw new Error(text.slice(0, 300));
      last = text;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return last;
}

/** The most that the process has had, on Linux. */
async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024);
}

function describe(rows: string[][], memory: Memory, isReal: boolean, missing: Set<string>): string[] {
  const head = ['tool', 'protocol', 'to connect', ...operations.flatMap((name) => [`${name}: trips`, 'ms'])];
  const server = isReal ? 'an Odoo' : 'a stand-in for Odoo that does no work';
  const skipped = [...missing].map(
    (registry) => ` The tools of ${registry} could not be had, and were skipped.`,
  );
  return [
    '## odoo-rpc',
    '',
    table(head, rows),
    '',
    `Round trips to the server, and the median time of ${repetitions} calls in a row, against ${server}. odoo-rpc is a service: its time includes one more HTTP request, from the caller to the skill.${skipped.join('')}`,
    '',
    `Most resident memory of the skill: ${memory.ordinary} MB after 200 requests, 8 at once; ${memory.large} MB after 20 that send and 20 that get a file of 10 MB in base64, 8 at once.`,
  ];
}
