export * from './spec/index.js';
export {
  AppPlatformClient,
  type AppPlatformClientOptions,
  type CallOptions,
  type LogsQuery,
  type LogType,
} from './client/client.js';
export { AppPlatformError, type CallOutcome } from './client/errors.js';
export type { FetchLogOptions } from './client/fetch-log.js';
export { RateLimiter, type Quota, type RateLimiterOptions } from './client/limiter.js';
export { systemClock, type Clock } from './clock.js';
