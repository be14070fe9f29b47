import { buildImage } from '@odoobo/local-platform/containers';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import type { BundledFile } from './bundle.js';
import { gitFiles, readPlainFile } from './git-files.js';
import { replaceFolder } from './replace-folder.js';
import { writeFiles } from './write-files.js';

const epoch = new Date(0);

/**
 * What a Dockerfile may copy: the files of its skill that git does not ignore.
 * @throws where one is not a regular file, or the Dockerfile is not among them
 */
export async function contextFiles(skillRoot: string, dockerfile: string): Promise<BundledFile[]> {
  const paths = await gitFiles(skillRoot, 'container');
  if (!paths.includes(dockerfile))
    throw new Error(`${skillRoot} has no ${dockerfile}. Add it, or stop git from ignoring it.`);
  return Promise.all(paths.map((path) => readPlainFile(skillRoot, path)));
}

export interface ContainerBuild {
  files: readonly BundledFile[];
  /** Path of the Dockerfile among the files. */
  dockerfile: string;
  /** The folder of the local platform, whose engine builds it. */
  platform: string;
  name: string;
  version: string;
}

/**
 * Builds the image of a Dockerfile, as an OCI image layout that replaces an earlier one.
 * @returns the digest of the image
 * @throws where no container engine works, or the build fails, with what it printed last
 */
export async function buildContainer(imageDirectory: string, build: ContainerBuild): Promise<string> {
  const { files, dockerfile, platform: directory, name, version } = build;
  const context = await mkdtemp(join(tmpdir(), 'context-'));
  let digest = '';
  try {
    await writeFiles(context, files);
    // The times of copies would be those of this build.
    for (const path of await glob('**/*', { cwd: context, dot: true, onlyFiles: false, absolute: true }))
      await utimes(path, epoch, epoch);
    const annotations = {
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.version': version,
    };
    const request = { directory, context, dockerfile: join(context, dockerfile), annotations };
    await replaceFolder(imageDirectory, async (layout) => {
      digest = await buildImage({ ...request, layout });
    });
    return digest;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
