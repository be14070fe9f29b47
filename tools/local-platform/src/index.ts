export { ensurePlatform, readPlatform, stopPlatform, type RunningPlatform } from './ensure.js';
export { startPlatform } from './platform.js';
export type { Fault, FaultRequest, Platform, PlatformOptions } from './platform.js';
export type { PlatformRecord } from './platform-record.js';
