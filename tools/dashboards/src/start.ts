import { readPlatform } from '@odoobo/local-platform/client';
import { mainCheckout } from '@odoobo/machine/main-checkout';
import { execa } from 'execa';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeScrapeFiles } from './scrape-files.js';

const compose = fileURLToPath(new URL('../../../infra/grafana/compose.yaml', import.meta.url));

/** Starts Prometheus and Grafana in Docker, with the metrics of the local platform; Ctrl-C stops them. */
async function start(): Promise<number> {
  const platform = join(mainCheckout(process.cwd()), '.local-platform');
  const record = await readPlatform(platform);
  if (!record) throw new Error('No local platform runs here. Start it: npx local-platform start');
  const scrape = join(platform, 'scrape');
  await writeScrapeFiles(scrape, record);
  process.stdout.write('Grafana: http://127.0.0.1:3000, when it has started. Ctrl-C stops it.\n');
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const { exitCode, code } = await execa('docker', ['compose', '--file', compose, 'up'], {
    stdio: 'inherit',
    env: { SKILLS_SCRAPE: scrape, SKILLS_USER: user },
    reject: false,
  });
  if (code === 'ENOENT')
    throw new Error(
      'Docker is not installed. With Prometheus and Grafana of your own: docs/metrics.md, "Dashboards"',
    );
  return exitCode ?? 1;
}

try {
  process.exitCode = await start();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
