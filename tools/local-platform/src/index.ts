export * from './client.js';
export type { Fault, FaultInjector, FaultRequest } from './api/faults.js';
export { startPlatform, type Platform, type PlatformOptions } from './platform.js';
