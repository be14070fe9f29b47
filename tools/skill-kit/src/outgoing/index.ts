export {
  guardedLookup,
  refuseForbiddenHost,
  refuseForbiddenLiteral,
  type ListedReach,
  type Reach,
} from './address.js';
export { callerUrl, reachByList, reachOrPublic, requireListed, type HostList } from './host-list.js';
export { requestGuarded, type GuardedAnswer, type GuardedRequest } from './request.js';
