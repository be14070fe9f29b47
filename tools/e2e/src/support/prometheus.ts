import { freePort } from '@odoobo/machine/network';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a real Prometheus is installed: Debian's package `prometheus`. */
export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

/** One point of a series. */
export interface Sample {
  metric: Record<string, string>;
  value: number;
}

/** A real Prometheus that scrapes one server each second. */
export class Prometheus {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  static async start(scraped: { url: string; token: string }): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const port = await freePort();
    await writeFile(join(folder, 'token'), scraped.token);
    const config = {
      global: { scrape_interval: '1s' },
      scrape_configs: [
        {
          job_name: 'skills',
          authorization: { credentials_file: 'token' },
          static_configs: [{ targets: [new URL(scraped.url).host] }],
        },
      ],
    };
    // JSON is YAML.
    await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const flags = [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn('prometheus', flags, { cwd: folder, stdio: 'ignore' });
    return new Prometheus(folder, port, child);
  }

  /** @returns what a query gives now; nothing while it has not started @throws with Prometheus' words about a wrong query */
  async query(expr: string): Promise<Sample[]> {
    const url = `http://127.0.0.1:${this.port}/api/v1/query?${new URLSearchParams({ query: expr })}`;
    const reply = await fetch(url).catch(() => undefined);
    if (!reply || reply.status === 503) return [];
    const { status, error, data } = (await reply.json()) as {
      status: string;
      error?: string;
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (status !== 'success') throw new Error(`${expr}: ${error}`);
    return (data?.result ?? []).map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
