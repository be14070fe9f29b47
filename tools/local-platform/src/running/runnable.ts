import type { AppSpec, Service } from '@odoobo/app-platform/spec';
import { ApiError } from '../api-error.js';

/** A service that the local platform can run: its image is named by digest. */
export interface RunnableService extends Service {
  image: NonNullable<Service['image']> & { digest: string };
}

/**
 * The one service of a spec that can be run here.
 * @throws ApiError 501 that names everything in the spec that cannot be run yet.
 */
export function runnableService(spec: AppSpec): RunnableService {
  const [service] = spec.services ?? [];
  const gaps = [...componentGaps(spec), ...(service ? serviceGaps(service) : []), ...ingressGaps(spec)];
  if (gaps.length === 0 && service && isRunnable(service)) return service;
  throw new ApiError(
    501,
    `The local platform cannot run "${spec.name}" yet: ${gaps.join('; ')}. It runs apps of one service whose image is named by digest.`,
  );
}

function isRunnable(service: Service): service is RunnableService {
  return service.image?.digest !== undefined;
}

function componentGaps(spec: AppSpec): string[] {
  const others = ['static_sites', 'workers', 'jobs', 'functions', 'databases'] as const;
  const services = spec.services?.length ?? 0;
  return [
    ...(services === 1 ? [] : [`services: ${services} of them`]),
    ...others.filter((field) => (spec[field]?.length ?? 0) > 0).map((field) => `${field}: not done`),
  ];
}

function serviceGaps(service: Service): string[] {
  const { health_check: check, http_port: httpPort = 8080 } = service;
  return [
    ...(isRunnable(service) ? [] : ['services/0: its source is not an image with a digest']),
    ...(service.protocol === 'HTTP2' ? ['services/0/protocol: HTTP2'] : []),
    ...(check?.port === undefined || check.port === httpPort
      ? []
      : ['services/0/health_check/port: another than http_port']),
  ];
}

function ingressGaps({ ingress }: AppSpec): string[] {
  return (ingress?.rules ?? []).flatMap((rule, index) => {
    const prefix = rule.match?.path?.prefix ?? '/';
    const plain = rule.redirect === undefined && rule.match?.path?.exact === undefined && prefix === '/';
    return plain ? [] : [`ingress/rules/${index}: only the prefix "/" to a component`];
  });
}
