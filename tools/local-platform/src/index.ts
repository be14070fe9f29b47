export type { Fault, FaultInjector, FaultRequest } from './api/faults.js';
export { ensurePlatform, type EnsureOptions, type RunningPlatform } from './ensure.js';
export { imageStoreOf } from './image-store-of.js';
export { ImageError, ImageStore, type ImageConfig } from './images/image-store.js';
export { startPlatform, type Platform, type PlatformOptions } from './platform.js';
export { readPlatform, type PlatformRecord } from './platform-record.js';
export { claim, type ClaimOptions } from './process/claim.js';
export { identify, isAlive, type ProcessIdentity } from './process/process-group.js';
export { stopPlatform } from './stop.js';
