/** @throws Error on Windows: there are no process groups to stop a service by. */
export function requireSupportedSystem(platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32') return;
  throw new Error('The local platform runs on Linux and macOS. On Windows, use it inside WSL 2.');
}
