export * from './client/index.js';
export { faultsOf } from './rules/fault-rules.js';
export type { Fault, FaultInjector, FaultRequest } from './http/faults.js';
export { appPlatformRateLimit, type RateLimit } from './http/rate-limit.js';
export type { Clock } from '@odoobo/machine/time';
export { startPlatform, type Platform, type PlatformOptions } from './start-stop/platform.js';
export { RuleError } from './rules/rule.js';
export type { SimulatedDeployment, Simulation } from './simulation/simulation.js';
export { simulationOf } from './rules/simulation-rules.js';
