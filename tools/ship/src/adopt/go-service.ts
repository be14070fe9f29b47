import { posix } from 'node:path';
import { findHealthPath } from './health-path.js';
import {
  type AdoptedProject,
  type ProjectFiles,
  type Service,
  UnknownServiceError,
} from './project-files.js';

/** How a Go service is shipped: the program of its one package main. @throws UnknownServiceError for what cannot be found */
export function findGoService({ name, files }: AdoptedProject, healthPath: string | undefined): Service {
  const [entry, ...others] = mainFolders(files);
  if (entry === undefined) {
    throw new UnknownServiceError(
      `${name} has no package main, so it is not known what starts it. Name its folder: --entry=cmd/server`,
    );
  }
  if (others.length > 0 && entry !== '.') {
    throw new UnknownServiceError(
      `${name} has ${others.length + 1} programs: ${[entry, ...others].join(', ')}. Name the folder of the service: --entry=${entry}`,
    );
  }
  return { runtime: 'go', entry, healthPath: healthPath ?? findHealthPath(files) ?? '/' };
}

/** The folders of its programs, that at the top first. */
function mainFolders({ paths, read }: ProjectFiles): string[] {
  const sources = paths.filter((path) => path.endsWith('.go') && !path.endsWith('_test.go'));
  const main = sources.filter((path) => /^package main\b/m.test(read(path) ?? ''));
  return [...new Set(main.map((path) => posix.dirname(path)))].sort((a, b) => a.length - b.length);
}
