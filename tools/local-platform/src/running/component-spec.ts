import {
  type AppSpec,
  defaultInstanceSizeSlug,
  type InstanceSize,
  instanceSizes,
  type Job,
  type Service,
  type Worker,
} from '@odoobo/app-platform/spec';
import { durationMs } from '@odoobo/machine/time';
import type { BuiltComponent } from '../deployments/components.js';
import type { HealthCheck } from '../health/health-check.js';
import type { Unpacked } from '../sources/source.js';

/**
 * `run_command` is a line for the container's shell, as on App Platform; it is handed to that shell as the user wrote it,
 * and replaces the image's own command. It may name a process of a Procfile, as the launcher of buildpacks takes it:
 * https://github.com/buildpacks/spec/blob/main/platform.md#launcher
 */
export function commandOf(
  { run_command: line }: Service | Worker | Job,
  build: Pick<Unpacked, 'entrypoint' | 'cmd' | 'processes'>,
): string[] {
  if (!line) return [...build.entrypoint, ...build.cmd];
  return ['/bin/sh', '-c', build.processes?.[line.trim()] ?? line];
}

/** Between how many instances a component has. */
export interface Counts {
  least: number;
  most: number;
}

/** How many processes run all the time; the two differ with autoscaling. Jobs and static sites have none. */
export function countsOf(component: BuiltComponent): Counts {
  if (component.kind !== 'service' && component.kind !== 'worker') return { least: 0, most: 0 };
  const { instance_count: count, autoscaling } = component.spec;
  const least = count ?? autoscaling?.min_instance_count ?? 1;
  return { least, most: count ?? Math.max(least, autoscaling?.max_instance_count ?? least) };
}

/** Why an app answers no request, as the end of a sentence; undefined if it does. Archiving implies maintenance. */
export function offlineOf({ maintenance }: AppSpec): string | undefined {
  if (maintenance?.archive) return 'archived: nothing of it runs';
  return maintenance?.enabled ? 'in maintenance' : undefined;
}

/** The page that browsers get when the app answers nothing. */
export function errorPageOf(spec: AppSpec): string | undefined {
  const offlinePage = offlineOf(spec) === undefined ? undefined : spec.maintenance?.offline_page_url;
  return offlinePage ?? spec.ingress?.custom_error_page_url;
}

/** The pages that browsers get while a service wakes, by its name: a URL, or empty for the platform's own. */
export function loadingPagesOf({ services = [] }: AppSpec): Record<string, string> {
  return Object.fromEntries(
    services.flatMap(({ name, inactivity_sleep: sleep }) => {
      const { enabled, custom_url: url = '' } = sleep?.loading_page ?? {};
      return enabled ? [[name, url]] : [];
    }),
  );
}

/**
 * Where App Platform expects a service to listen, an internal one on its first internal port; here that is its PORT, unless it
 * listens there whatever PORT says.
 */
export function httpPortOf({ http_port: port, internal_ports: internal = [] }: Service): number {
  return port ?? internal[0] ?? 8080;
}

/** Where a service listens besides: it says so in its code, so these are ports of this machine. */
export function otherPortsOf(service: Service): number[] {
  return (service.internal_ports ?? []).filter((port) => port !== httpPortOf(service));
}

/** Whether a service speaks HTTP/2 without TLS, as gRPC does, and no HTTP/1.1. */
export function isHttp2({ kind, spec }: BuiltComponent): boolean {
  return kind === 'service' && spec.protocol === 'HTTP2';
}

/** Whether the instances of a component have a port: those of services, and of workers with a liveness check. */
export function hasPort({ kind, spec }: BuiltComponent): boolean {
  return kind === 'service' || (kind === 'worker' && spec.liveness_health_check !== undefined);
}

/** The fallbacks are App Platform's. */
export function healthCheckOf(service: Service, port: number): HealthCheck {
  const { health_check: check = {} } = service;
  return {
    ...pathOf(check.http_path, service.protocol),
    port: checkedPort(service, check.port, port),
    initialDelaySeconds: check.initial_delay_seconds ?? 0,
    periodSeconds: check.period_seconds ?? 10,
    timeoutSeconds: check.timeout_seconds ?? 1,
    successThreshold: check.success_threshold ?? 1,
    failureThreshold: check.failure_threshold ?? 9,
  };
}

function pathOf(
  path: string | undefined,
  protocol: Service['protocol'],
): Pick<HealthCheck, 'path' | 'http2'> {
  return path === undefined ? {} : { path, ...(protocol === 'HTTP2' && { http2: true }) };
}

/** One of its other ports where a check names that, else its PORT. */
function checkedPort(service: Service, asked: number | undefined, port: number): number {
  return otherPortsOf(service).find((one) => one === asked) ?? port;
}

/** Undefined when the spec asks for none. The fallbacks are App Platform's. */
export function livenessCheckOf(
  { kind, spec }: BuiltComponent,
  port: number | undefined,
): HealthCheck | undefined {
  const check = kind === 'service' || kind === 'worker' ? spec.liveness_health_check : undefined;
  if (check === undefined || port === undefined) return undefined;
  return {
    ...pathOf(check.http_path, kind === 'service' ? spec.protocol : undefined),
    port: kind === 'service' ? checkedPort(spec, check.port, port) : port,
    initialDelaySeconds: check.initial_delay_seconds ?? 5,
    periodSeconds: check.period_seconds ?? 10,
    timeoutSeconds: check.timeout_seconds ?? 1,
    successThreshold: 1,
    failureThreshold: check.failure_threshold ?? 18,
  };
}

/** A requested file is open by then, and is sent to its end even if the folder is deleted. */
const fileMs = 2_000;

/**
 * How long a component that was replaced continues as it was, in milliseconds: a service finishes requests before it is asked to
 * end, and the files of a site stay. Nothing else gets requests.
 */
export function drainMsOf({ kind, spec }: BuiltComponent): number {
  if (kind === 'static site') return fileMs;
  return kind === 'service' ? (spec.termination?.drain_seconds ?? 15) * 1000 : 0;
}

/** From SIGTERM to SIGKILL, in milliseconds. */
export function graceMsOf({ kind, spec }: BuiltComponent): number {
  return kind === 'static site' ? 0 : (spec.termination?.grace_period_seconds ?? 120) * 1000;
}

/** How long a job may run, in milliseconds; the default is that of godo's comment (apps.gen.go). */
export function jobTimeoutMsOf({ kind, spec }: BuiltComponent): number {
  const timeout = kind === 'job' && spec.timeout !== undefined ? durationMs(spec.timeout) : undefined;
  return timeout ?? 30 * 60_000;
}

/** What an instance has. Sizes of older plans are not in the list: they count as the smallest. */
export function sizeOf({ kind, spec }: BuiltComponent): InstanceSize {
  const slug = kind === 'static site' ? undefined : spec.instance_size_slug;
  const find = (wanted: string | undefined) => instanceSizes.find((size) => size.slug === wanted);
  const size = find(slug) ?? find(defaultInstanceSizeSlug);
  if (size) return size;
  throw new Error(`There is no instance size ${defaultInstanceSizeSlug}.`);
}
