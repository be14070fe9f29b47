import { findHealthPath } from './health-path.js';
import { type AdoptedProject, type Service, UnknownServiceError } from './project-files.js';

/**
 * The Dockerfile of a project, which says itself what it ships and what starts it.
 * @throws UnknownServiceError where there is none
 */
export function findContainer(
  { name, files }: AdoptedProject,
  { entry = 'Dockerfile', healthPath }: Partial<Service>,
): Omit<Service, 'runtime'> {
  if (files.paths.includes(entry)) return { entry, healthPath: healthPath ?? findHealthPath(files) ?? '/' };
  throw new UnknownServiceError(
    `${name} has no ${entry} that git does not ignore. Name its Dockerfile, from its folder: --entry=<file>`,
  );
}
