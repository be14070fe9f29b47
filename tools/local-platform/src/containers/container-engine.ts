import * as z from 'zod';
import type { Mark } from '../process/mark.js';

/** The container engines that are used, the first that works on this machine. */
export const engineNames = ['podman', 'docker', 'buildah'] as const;
export type EngineName = (typeof engineNames)[number];

/** What an image says about how it is run. */
export interface EngineImage {
  /** 64 hexadecimal digits. */
  id: string;
  /** Digests of its manifest, each `sha256:...`, by which registries know it; none of an image that was only built here. */
  digests: string[];
  entrypoint: string[];
  cmd: string[];
  env: Record<string, string>;
  /** An absolute path. */
  workingDir: string;
  /** As in a Dockerfile: `user`, `user:group`, in names or numbers; empty for root. */
  user: string;
}

/** Which image a component runs, in whose store. */
export const containerSchema = z.object({ engine: z.enum(engineNames), image: z.string(), user: z.string() });
export type ContainerImage = z.infer<typeof containerSchema>;

export interface ImageBuild {
  /** The folder whose files the Dockerfile may copy. */
  context: string;
  dockerfile: string;
  tag: string;
  /** The names of the build arguments; their values are in the environment of the command, where `ps` does not show them. */
  args: readonly string[];
  /** Ignores the layers of earlier builds. */
  force: boolean;
  /** Sets all times in the image to the epoch, where the engine can. */
  isReproducible?: boolean;
}

export interface ContainerStart {
  /** A name that no other container has. */
  name: string;
  container: ContainerImage;
  command: readonly string[];
  workingDir: string;
  /** Everything that it finds in its environment. */
  env: Record<string, string>;
  /** Identifies its processes. */
  mark: Mark;
  memoryBytes: number;
}

/** The process that is a container, or holds it: it prints what the container prints and ends with its exit code. */
export interface ContainerCommand {
  command: string[];
  env: Record<string, string>;
}

/** One container engine, as a program of this machine. Containers share the machine's network. */
export interface ContainerEngine {
  readonly name: EngineName;
  /** The environment that its program needs. */
  readonly environment: Record<string, string>;
  /** Tries to build an image and to run it. @returns why it does not work here, as the rest of a sentence that begins with its name */
  problem(): Promise<string | undefined>;
  buildCommand(build: ImageBuild): string[];
  pullCommand(reference: string): string[];
  /** Writes an image to an archive as `docker save` does. */
  saveCommand(image: string, archive: string): string[];
  /** Takes the image of such an archive into its store. */
  loadCommand(archive: string): string[];
  /** Undefined when its store does not have the image. @param image an id, a digest with `sha256:`, or a reference */
  inspect(image: string): Promise<EngineImage | undefined>;
  tag(image: string, tag: string): Promise<void>;
  /** Deletes a tag, and the image with its last one. */
  untag(tag: string): Promise<void>;
  /** Copies a folder of an image to one of this machine that does not exist yet. @throws Error when the image has no such folder */
  copyOut(image: string, path: string, folder: string): Promise<void>;
  /** What starts a container of an image that is there. */
  start(start: ContainerStart): Promise<ContainerCommand>;
  /** Deletes what builds left that were ended. Only while none runs. */
  tidy(): Promise<void>;
  /** Ends a container and deletes it with all that it wrote. Safe to repeat. */
  remove(name: string): Promise<void>;
}
