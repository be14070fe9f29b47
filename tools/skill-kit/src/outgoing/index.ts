export { guardedLookup, refuseForbiddenHost, refuseForbiddenLiteral, type Reach } from './address.js';
export { callerUrl, reachByList, requireListed, type HostList } from './host-list.js';
export { requestGuarded, type GuardedAnswer, type GuardedRequest } from './request.js';
