export type { Leaving, Load } from './balancer.js';
export { compileCors, type CorsPolicy } from './cors.js';
export { percentile } from './durations.js';
export { type Ingress, type IngressOptions, openIngress } from './ingress.js';
export { isWebSocket, withoutUpgrade } from './offered-upgrade.js';
export {
  bucketEnds,
  type ComponentCounts,
  type InstanceCounts,
  RequestCounts,
  type RequestReading,
} from './request-counts.js';
export { ResponseTimes, type ResponseTimesReading } from './response-times.js';
export type { End, Passage, Steering } from './steering.js';
export type {
  Destination,
  OfDeployment,
  Redirect,
  Rule,
  Site,
  SwitchOptions,
  ToComponent,
  Traffic,
} from './traffic.js';
export { endWithJson } from './unreadable.js';
