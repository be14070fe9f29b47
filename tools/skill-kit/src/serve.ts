import { offerProfiles } from './profile/profile-route.js';
import { createSkillServer, type SkillServer } from './server.js';
import type { Skill, SkillManifest } from './skill.js';
import { startTelemetry } from './telemetry.js';

/** Ends before the 30 s between SIGTERM and SIGKILL that the App Specs of skills set. */
const drainMs = 25_000;
/** For the last export, after the last request is answered. */
const exportMs = 2_000;

/**
 * Runs a skill as a process: listens, keeps serving whatever a handler does wrong, and drains on SIGTERM or SIGINT. If
 * it cannot start, it prints the reason on stderr and the process ends with exit code 1.
 */
export async function serveSkill(manifest: SkillManifest, skill: Skill): Promise<void> {
  try {
    const address = listenAddress(process.env);
    let warn = (message: string): void => {
      process.stderr.write(`${manifest.id}: ${message}\n`);
    };
    const telemetry = await startTelemetry(manifest, process.env, (message) => warn(message));
    const server = createSkillServer(manifest, skill, telemetry && { tracer: telemetry });
    warn = (message) => server.log.warn(message);
    await listen(server, address);
    keepServing(server);
    offerProfiles();
    stopOnSignals(server, () => telemetry?.stop(exportMs));
  } catch (error) {
    process.stderr.write(
      `${manifest.id} cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}

export interface ListenAddress {
  host: string;
  port: number;
}

/**
 * With PORT, which a platform sets, it listens on every interface, so that the container can be reached; without PORT a
 * person runs it, and it listens on loopback. HOST overrides the host.
 * @throws Error when PORT is not a port number
 */
export function listenAddress(env: NodeJS.ProcessEnv): ListenAddress {
  const text = env['PORT'];
  const host = env['HOST'] || (text ? '0.0.0.0' : '127.0.0.1');
  if (!text) return { host, port: 8080 };
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) throw new Error(`PORT is "${text}". Set it to a whole number from 0 to 65535.`);
  return { host, port };
}

async function listen(server: SkillServer, address: ListenAddress): Promise<void> {
  try {
    await server.listen(address);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new Error(`port ${address.port} of ${address.host} is in use. Set PORT to a free one.`, { cause });
  }
}

/** Calls share nothing, so a stray error of one is logged and the others continue; the platform's probes detect the rest. */
function keepServing(server: SkillServer): void {
  process.on('uncaughtException', (err) => server.log.error({ err }, 'uncaught exception'));
  process.on('unhandledRejection', (err) => server.log.error({ err }, 'unhandled rejection'));
}

/** The first signal drains, a second one ends at once. Exit code 0 means that no request was cut off. */
function stopOnSignals(server: SkillServer, afterLast: () => Promise<void> | undefined): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    server.log.info({ signal }, 'draining');
    const late = setTimeout(() => {
      server.log.error(`requests were still in progress after ${drainMs} ms and are cut off`);
      process.exit(1);
    }, drainMs);
    void server
      .close()
      .then(() => {
        clearTimeout(late);
        return afterLast();
      })
      .then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
