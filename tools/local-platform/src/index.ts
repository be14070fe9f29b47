export * from './client.js';
export { faultsOf } from './api/fault-rules.js';
export type { Fault, FaultInjector, FaultRequest } from './api/faults.js';
export { appPlatformRateLimit, type RateLimit } from './api/rate-limit.js';
export type { Clock } from '@odoobo/machine/time';
export { startPlatform, type Platform, type PlatformOptions } from './platform.js';
export { RuleError } from './rules.js';
export type { SimulatedDeployment, Simulation } from './simulation/simulation.js';
export { simulationOf } from './simulation/simulation-rules.js';
