import { runCommand } from '@odoobo/machine/command';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutOf } from '../state/layout.js';
import { Containers } from './containers.js';
import { layoutOfArchive } from './image-archive.js';

/** As for a build of the platform. */
const timeoutMs = 60 * 60_000;
const shownLines = 40;

export interface ImageRequest {
  /** Of the platform; what an engine keeps for its builds is kept for this one, too. */
  directory: string;
  /** Absolute paths. */
  context: string;
  dockerfile: string;
  /** The folder that becomes an OCI image layout; empty, or not there yet. */
  layout: string;
  annotations: Record<string, string>;
}

/**
 * Builds an image by the container engine of this machine, as an OCI image layout. podman and buildah set all times to the
 * epoch, so that the same files have the same digest.
 * @returns the digest of the image
 * @throws Error where no engine works, or with the end of what a build that fails prints
 */
export async function buildImage(request: ImageRequest): Promise<string> {
  const { directory, context, dockerfile, layout, annotations } = request;
  const containers = new Containers(layoutOf(directory));
  const engine = await containers.find();
  const tag = containers.tagOf(randomUUID());
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  const archive = join(folder, 'image.tar');
  try {
    const build = { context, dockerfile, tag, args: [], force: false, isReproducible: true };
    await run(engine.buildCommand(build), engine.environment);
    await run(engine.saveCommand(tag, archive), engine.environment);
    return await layoutOfArchive(archive, layout, annotations);
  } finally {
    await engine.untag(tag).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function run([program = '', ...args]: readonly string[], env: Record<string, string>): Promise<void> {
  const options = { cwd: '/', env, timeoutMs };
  const { exitCode, stdout, stderr } = await runCommand(program, args, `${program} ${args[0]}`, options);
  if (exitCode === 0) return;
  const printed = `${stdout}\n${stderr}`.trim().split('\n').slice(-shownLines).join('\n');
  throw new Error(`The build of the Dockerfile failed. ${program} printed:\n${printed}`);
}
