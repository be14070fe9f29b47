/** The files of a project, by their paths in it. */
export interface ProjectFiles {
  /** Paths with `/`, without what git ignores. */
  paths: readonly string[];
  /** The text of a file; undefined if it does not exist. Also of files that git ignores. */
  read(path: string): string | undefined;
}

/** What is known about a project that is adopted. */
export interface AdoptedProject {
  /** Of the Nx project. */
  name: string;
  /** Its folder, relative to the workspace root; `.` for the root itself. */
  root: string;
  files: ProjectFiles;
  /** The names of its targets, including those that other plugins infer. */
  targets: readonly string[];
  /** What its target `build` writes, relative to the workspace root; empty if that is not known. */
  outputs: readonly string[];
}

/** How a service is shipped, started and checked: fields of its manifest. */
export interface Service {
  runtime: 'node' | 'python' | 'go' | 'container';
  entry?: string;
  ship?: string;
  start?: string[];
  buildTarget?: string;
  assets?: string[];
  healthPath: string;
}

/** Something that must be known and cannot be found; the message names the option that says it. */
export class UnknownServiceError extends Error {
  override readonly name = 'UnknownServiceError';
}

/** The first of some paths that a project has. */
export function firstOf({ paths }: ProjectFiles, wanted: readonly string[]): string | undefined {
  return wanted.find((path) => paths.includes(path));
}
