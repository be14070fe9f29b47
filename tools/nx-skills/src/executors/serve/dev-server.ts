import { context, formatMessages, type BuildResult, type Plugin } from 'esbuild';
import { execa } from 'execa';
import { join } from 'node:path';
import { bundleOptions } from '../../artefact/bundle.js';

export interface DevServerOptions {
  /** Absolute path of the skill. */
  skillRoot: string;
  entry: string;
  /** Port on 127.0.0.1. */
  port: number;
  /** Receives what the bundler says. */
  report: (text: string) => void;
}

/** How long a service may drain before it is killed, in milliseconds. */
const stopMs = 5_000;

/**
 * Bundles a skill, runs it, and does both again after each change of a file that it imports.
 * A change that does not build is reported and leaves the running one alone.
 *
 * @returns ends the service and stops watching
 */
export async function startDevServer(options: DevServerOptions): Promise<() => Promise<void>> {
  const outfile = join(options.skillRoot, 'dist/serve/main.mjs');
  const service = new Service(outfile, options.port);
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

/** The one process that holds the port: a new one starts when the old one has ended. */
class Service {
  #process: ReturnType<typeof run> | undefined;

  constructor(
    readonly bundle: string,
    readonly port: number,
  ) {}

  async restart(): Promise<void> {
    await this.stop();
    this.#process = run(this.bundle, this.port);
  }

  async stop(): Promise<void> {
    this.#process?.kill('SIGTERM');
    await this.#process;
    this.#process = undefined;
  }
}

function run(bundle: string, port: number) {
  return execa('node', ['--enable-source-maps', bundle], {
    env: { PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'inherit', 'inherit'],
    forceKillAfterDelay: stopMs,
    reject: false,
  });
}
