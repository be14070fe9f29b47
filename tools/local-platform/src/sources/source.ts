import type { Job, Service, StaticSite, Worker } from '@odoobo/app-platform/spec';
import type { ContainerImage } from '../containers/container-engine.js';
import type { ImageConfig } from '../images/image-store.js';
import type { SourceVersion } from '../state/app-record.js';

/** A component that has a source: an image, or a git repository that is built. */
export type SourceComponent = Service | Worker | Job | StaticSite;

export interface BuildRequest {
  component: SourceComponent;
  kind: 'service' | 'worker' | 'job' | 'static site';
  version: SourceVersion;
  /** Environment variables of the build; nothing of this process's own environment is added but PATH and HOME. */
  env: Record<string, string>;
  /** Ignores earlier builds. */
  force: boolean;
  /** Where the commands of the build write what they print: a file that is there. */
  output: string;
  /** Writes a line of the platform's own to the build log. */
  log(line: string): Promise<void>;
  signal: AbortSignal;
}

/** A build that is there. */
export interface Build {
  /** Under which `unpack` finds it, also after a restart of the server. */
  key: string;
  /** It was there before: App Platform's `PreviousBuildReused`. Never true of an image, which is not built here. */
  reused: boolean;
}

/** How a build wants to be run. */
export interface Unpacked extends ImageConfig {
  /** Folders of this machine that come first on PATH, such as the `bin` of a virtual environment. */
  path: string[];
  /** It runs in a container of this image. */
  container?: ContainerImage;
  /** Commands that run_command may name. */
  processes?: Readonly<Record<string, string>> | undefined;
}

/** The sources of components. */
export interface Sources {
  /** Ends the builds that a killed server left running, and deletes unfinished ones. Called once, at the start. */
  clean(): Promise<void>;
  /** The parts of the component's source that cannot be built here, each in words that begin with the field. */
  gaps(component: SourceComponent): Promise<string[]>;
  /** What is wrong in the component's source, or not there now, each in words that begin with the field. */
  missing(component: SourceComponent): Promise<string[]>;
  /** The version that a build would take now: the branch's commit, the image's digest. @throws DeploymentFailure */
  newest(component: SourceComponent, signal: AbortSignal): Promise<SourceVersion>;
  /**
   * Builds a version, or finds it built already. Safe to repeat; a failed build leaves nothing behind.
   * @throws DeploymentFailure, or the reason of `signal`
   */
  build(request: BuildRequest): Promise<Build>;
  /**
   * Copies a build to a folder, which must not exist yet, and returns how to run it. For a static site, the folder is what is
   * served.
   * @throws Error when the build is not there any more
   */
  unpack(build: string, folder: string): Promise<Unpacked>;
  /** Deletes the builds that no deployment needs any more, but none that was made or reused in the last hour. */
  prune(needed: ReadonlySet<string>): Promise<void>;
}
