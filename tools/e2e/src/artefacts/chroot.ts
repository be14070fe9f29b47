import { freePort } from '@odoobo/machine/network';
import { execa } from 'execa';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { until } from '../support/poll.js';

/** No one: what it can read, every user can. */
export const nobody = 65_534;

/** The OCI documents that lead to the files of an image: https://github.com/opencontainers/image-spec/blob/main/spec.md */
interface ImageManifest {
  config: { digest: string };
  layers: [{ digest: string }];
}
interface ImageConfig {
  config: { Entrypoint: string[]; WorkingDir: string };
}

async function readBlob(image: string, digest: string): Promise<unknown> {
  return JSON.parse(await readFile(blobPath(image, digest), 'utf8'));
}

function blobPath(image: string, digest: string): string {
  return join(image, 'blobs', ...digest.split(':'));
}

/** The digest of the image that a build has written. */
export async function digestOf(image: string): Promise<string> {
  const index = JSON.parse(await readFile(join(image, 'index.json'), 'utf8')) as {
    manifests: [{ digest: string }];
  };
  return index.manifests[0].digest;
}

/**
 * Starts the image of a build where there is nothing but Node, the C and C++ libraries that it is linked with, and the image, and asks
 * it for a page. Needs root.
 *
 * @param image folder of the OCI image layout
 * @returns the answer
 */
export async function answerAlone(image: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'chroot-'));
  const stop = new AbortController();
  try {
    await chmod(root, 0o755);
    await installNode(root);
    const { command, folder } = await unpack(image, root);
    const port = await freePort();
    const user = [`--setuid=${nobody}`, `--setgid=${nobody}`];
    const run = execa('unshare', [`--root=${root}`, `--wd=${folder}`, ...user, ...command], {
      env: { PATH: `/usr/local/bin:${process.env['PATH'] ?? ''}`, PORT: String(port), HOST: '127.0.0.1' },
      extendEnv: false,
      all: true,
      stdin: 'ignore',
      reject: false,
      cancelSignal: stop.signal,
      forceKillAfterDelay: 1_000,
    });
    let ended = false;
    void run.then(() => (ended = true));
    const url = `http://127.0.0.1:${port}/`;
    let answer = '';
    await until('the service answers', async () => {
      answer = await fetch(url).then(
        (reply) => reply.text(),
        () => '',
      );
      return answer !== '' || ended;
    });
    stop.abort();
    const { all } = await run;
    return answer === '' ? `It ended:\n${all}` : answer;
  } finally {
    stop.abort();
    await rm(root, { recursive: true, force: true });
  }
}

async function installNode(root: string): Promise<void> {
  const { stdout } = await execa('ldd', [process.execPath]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  await copyInto(root, process.execPath, '/usr/local/bin/node');
  for (const path of [...libraries, ...(await restOfGlibc(libraries))]) await copyInto(root, path, path);
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
}

/** Node needs only some libraries of the C library; a system that has one of them has all. */
async function restOfGlibc(libraries: readonly string[]): Promise<string[]> {
  const folder = dirname(libraries.find((path) => /\/libc\.so\.6$/.test(path)) ?? '');
  const parts = (await readdir(folder)).filter((name) => /^lib(?:anl|resolv|rt|util)\.so\.\d+$/.test(name));
  return parts.map((name) => join(folder, name));
}

async function copyInto(root: string, from: string, to: string): Promise<void> {
  await mkdir(dirname(join(root, to)), { recursive: true });
  await cp(from, join(root, to), { dereference: true });
}

async function unpack(image: string, root: string): Promise<{ command: string[]; folder: string }> {
  const { config, layers } = (await readBlob(image, await digestOf(image))) as ImageManifest;
  await execa('tar', ['-xf', blobPath(image, layers[0].digest), '-C', root]);
  const { Entrypoint, WorkingDir } = ((await readBlob(image, config.digest)) as ImageConfig).config;
  return { command: Entrypoint, folder: WorkingDir };
}
