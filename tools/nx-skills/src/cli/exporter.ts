import { UsageError } from '@odoobo/local-platform/command-line';
import { runner } from '@odoobo/machine/package-manager';
import { Exporter } from '@odoobo/ship/exporter/exporter';
import { type ListenOn, serveMetrics } from '@odoobo/ship/exporter/serve-metrics';
import { isLocal } from '@odoobo/ship/placement/environment';
import { connectToRunning } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { abortOnSignal } from '@odoobo/ship/runs/interrupted';
import { environmentOf, type PlaceOptions } from './arguments.js';

export interface ExporterCommandOptions extends PlaceOptions {
  listen?: string;
}

/**
 * Serves what App Platform measures, and what the journal knows, to Prometheus, until it is interrupted.
 * @throws where an option is wrong, there is no token, or the address cannot be listened on
 */
export async function exporterCommand({
  listen = '127.0.0.1:9464',
  ...options
}: ExporterCommandOptions): Promise<number> {
  const address = parseAddress(listen);
  const place = await environmentOf(options);
  if (isLocal(place.environment))
    throw new UsageError(
      `The local platform answers GET /metrics itself: ${runner} local-platform status. For App Platform: -c production`,
    );
  const cwd = process.cwd();
  const folders = workspaceFolders(cwd);
  const { client, label, close } = await connectToRunning(place, folders, process.env);
  const { signal, done } = abortOnSignal(() => undefined);
  try {
    const exporter = new Exporter({
      cwd,
      environment: place.environment,
      client,
      journal: folders.journal,
      onWarning: (message) => process.stderr.write(`${message}\n`),
    });
    const { server, url } = await serveMetrics(address, () => exporter.families());
    process.stdout.write(`${label} for Prometheus: ${url} (Ctrl-C ends it)\n`);
    await exporter.run(signal);
    server.close();
    server.closeAllConnections();
    return 0;
  } finally {
    done();
    await close();
  }
}

/** @throws UsageError */
function parseAddress(text: string): ListenOn {
  const [, host = '', port = ''] = /^(?:\[?([\w.:-]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw new UsageError(
      `Expected --listen with an address and a port, such as 127.0.0.1:9464; got "${text}".`,
    );
  return { host: host || '127.0.0.1', port: Number(port) };
}
