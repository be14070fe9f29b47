import type { Beside } from '@odoobo/local-platform/client';
import { type BuildResult, context, formatMessages, type Plugin } from 'esbuild';
import { join } from 'node:path';
import { bundleOptions } from '../artefact/bundle.js';

export interface DevServerOptions {
  /** Absolute path of the skill. */
  skillRoot: string;
  entry: string;
  /** Port on 127.0.0.1. */
  port: number;
  /** Runs the service. */
  beside: Beside;
  /** Receives the messages of the bundler. */
  report: (text: string) => void;
}

/**
 * Bundles a skill, runs it, and repeats both after each change of a file that it imports. A change that does not build
 * is reported, and the running process stays.
 *
 * @returns ends the service and stops watching
 */
export async function startDevServer(options: DevServerOptions): Promise<() => Promise<void>> {
  const outfile = join(options.skillRoot, 'dist/serve/main.mjs');
  const service = new Service(options, outfile);
  const bundler = await context({
    ...bundleOptions(options.skillRoot, options.entry),
    outfile,
    plugins: [onBuilt((result) => afterBuild(result, service, options.report))],
  });
  await bundler.watch();
  return async () => {
    await bundler.dispose();
    await service.stop();
  };
}

async function afterBuild(
  result: BuildResult,
  service: Service,
  report: (text: string) => void,
): Promise<void> {
  if (result.errors.length === 0) return service.restart();
  report((await formatMessages(result.errors, { kind: 'error', color: false })).join(''));
}

function onBuilt(react: (result: BuildResult) => Promise<void>): Plugin {
  return { name: 'on-built', setup: (build) => build.onEnd(react) };
}

/** The one process that holds the port: a new one starts after the old one has ended. */
class Service {
  #stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly options: DevServerOptions,
    private readonly bundle: string,
  ) {}

  async restart(): Promise<void> {
    await this.stop();
    const { beside, port } = this.options;
    const { stop } = await beside.start({
      command: ['node', '--enable-source-maps', this.bundle],
      cwd: process.cwd(),
      env: { PORT: String(port), HOST: '127.0.0.1' },
    });
    this.#stop = stop;
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }
}
