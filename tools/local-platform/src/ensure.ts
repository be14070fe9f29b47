export interface RunningPlatform {
  url: string;
  token: string;
  started: boolean;
}

export async function ensurePlatform(
  directory: string,
  options: { port?: number; signal?: AbortSignal } = {},
): Promise<RunningPlatform> {
  throw new Error(`not built yet: ${directory} ${options.port}`);
}

export async function stopPlatform(directory: string): Promise<'stopped' | 'not running'> {
  throw new Error(`not built yet: ${directory}`);
}
