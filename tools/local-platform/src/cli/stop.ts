import { stopPlatform } from '../start-stop/stop.js';

/** Stops the server and every service. Succeeds also if none runs. */
export async function stop(directory: string): Promise<number> {
  const outcome = await stopPlatform(directory);
  process.stdout.write(
    outcome === 'stopped'
      ? `The local platform in ${directory} and its services are stopped.\n`
      : `No local platform runs in ${directory}.\n`,
  );
  return 0;
}
