import { join, resolve, sep } from 'node:path';
import type { Service } from '@odoobo/app-platform/spec';
import type { HealthCheck } from '../health/health-check.js';
import type { ImageConfig } from '../images/image-store.js';

/**
 * `run_command` is a line for the container's shell, as on App Platform; it is handed to that shell as the user wrote it,
 * and replaces the image's own command.
 */
export function commandOf({ run_command: line }: Service, image: ImageConfig): string[] {
  return line ? ['/bin/sh', '-c', line] : [...image.entrypoint, ...image.cmd];
}

/** The image's working directory, in the folder that it is unpacked to. */
export function workingDirectoryOf(image: ImageConfig, folder: string): string {
  return join(folder, resolve(sep, image.workingDir));
}

/** The fallbacks are App Platform's; a stored spec has them filled in already. */
export function healthCheckOf({ health_check: check = {} }: Service, port: number): HealthCheck {
  return {
    ...(check.http_path !== undefined && { path: check.http_path }),
    port,
    initialDelaySeconds: check.initial_delay_seconds ?? 0,
    periodSeconds: check.period_seconds ?? 10,
    timeoutSeconds: check.timeout_seconds ?? 1,
    successThreshold: check.success_threshold ?? 1,
    failureThreshold: check.failure_threshold ?? 9,
  };
}

/** How long requests may go on after a newer deployment took over, in milliseconds. */
export function drainMsOf({ termination }: Service): number {
  return (termination?.drain_seconds ?? 15) * 1000;
}

/** From SIGTERM to SIGKILL, in milliseconds. */
export function graceMsOf({ termination }: Service): number {
  return (termination?.grace_period_seconds ?? 120) * 1000;
}
