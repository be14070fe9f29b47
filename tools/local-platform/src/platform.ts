export type Phase =
  | 'PENDING_BUILD' | 'BUILDING' | 'PENDING_DEPLOY' | 'DEPLOYING' | 'ACTIVE' | 'SUPERSEDED' | 'ERROR' | 'CANCELED' | 'UNKNOWN';

export interface FaultRequest {
  method: string;
  path: string;
  body: unknown;
}

export type Fault =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { drop: 'before' | 'after' }
  | { delayMs: number }
  | { truncate: true };

export interface PlatformOptions {
  directory: string;
  port?: number;
  token?: string;
  progression?: 'real' | 'manual';
  fault?: (request: FaultRequest) => Fault | undefined;
}

export interface Platform {
  readonly url: string;
  readonly token: string;
  readonly requests: readonly string[];
  advance(appName: string, to: Phase): Promise<void>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  throw new Error(`not built yet: ${options.directory}`);
}
