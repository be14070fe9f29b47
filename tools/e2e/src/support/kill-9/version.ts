import type { DeployRequest } from '@odoobo/app-platform';
import { type AppSpec, resolveSpec } from '@odoobo/app-platform/spec';
import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a version fails. */
export type Fault = 'crashes' | 'answers-500';

/** A version of a skill: its answer, and the input with which a deployer deploys it. */
export interface Version {
  says: string;
  broken: boolean;
  request: DeployRequest;
  imageDirectory: string;
}

/** Large enough that copying and unpacking an image takes long enough to be interrupted. */
const ballastBytes = 400_000;

/** Builds another version of a skill, in its own folder. */
export async function buildVersion(
  folder: string,
  skill: string,
  says: string,
  fault?: Fault,
): Promise<Version> {
  const imageDirectory = join(folder, `${skill}-${says}`);
  const digest = await writeImage(imageDirectory, sourceOf(says, fault));
  const broken = fault !== undefined;
  const { spec } = resolveSpec({
    spec: specOf(skill, broken),
    file: skill,
    environment: {},
    artefact: { repository: skill, digest },
    source: 'artefact',
  });
  const request = { skill, spec, healthPath: '/health', digest, timeoutMs: 60_000 };
  return { says, broken, request, imageDirectory };
}

/** A broken version fails at once; a working one may need time on a busy machine. */
function specOf(name: string, broken: boolean): AppSpec {
  const failures = broken ? 1 : 30;
  return {
    name,
    services: [
      {
        name,
        github: { repo: `acme/${name}`, branch: 'main' },
        health_check: {
          http_path: '/health',
          initial_delay_seconds: 0,
          period_seconds: 1,
          timeout_seconds: 1,
          failure_threshold: failures,
        },
        termination: { drain_seconds: 1, grace_period_seconds: 1 },
      },
    ],
  };
}

/** A service without imports: the image contains only this file. */
function sourceOf(says: string, fault: Fault | undefined): string {
  if (fault === 'crashes') return `throw new Error('no database, says ${says}');`;
  return `
    import { createServer } from 'node:http';
    const health = JSON.stringify({ status: 'healthy', digest: process.env.SKILL_DIGEST });
    const server = createServer((request, response) => {
      if (request.url === '/health') response.writeHead(${fault ? 500 : 200}).end(health);
      else response.end('${says}');
    });
    server.listen(Number(process.env.PORT), '127.0.0.1');
    process.on('SIGTERM', () => server.close(() => process.exit(0)));
  `;
}

/** Writes an OCI image layout of one layer. @returns the digest of its manifest */
async function writeImage(directory: string, source: string): Promise<string> {
  await mkdir(join(directory, 'app'), { recursive: true });
  await mkdir(join(directory, 'blobs/sha256'), { recursive: true });
  await writeFile(join(directory, 'app/main.mjs'), source);
  await writeFile(join(directory, 'app/ballast'), Buffer.alloc(ballastBytes, source));
  const tar = join(directory, 'layer.tar');
  await execa('tar', ['-cf', tar, '-C', directory, 'app']);
  const layer = await blobOf(directory, 'layer.v1.tar', await readFile(tar));
  await rm(tar);
  const config = await jsonBlob(directory, 'config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['node', 'main.mjs'], WorkingDir: '/app' },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = await jsonBlob(directory, 'manifest.v1+json', {
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config,
    layers: [layer],
  });
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return manifest.digest;
}

async function jsonBlob(directory: string, type: string, value: object) {
  return blobOf(directory, type, Buffer.from(JSON.stringify(value)));
}

async function blobOf(directory: string, type: string, bytes: Buffer) {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await writeFile(join(directory, 'blobs', digest.replace(':', '/')), bytes);
  return { mediaType: mediaType(type), digest, size: bytes.length };
}

function mediaType(type: string): string {
  return `application/vnd.oci.image.${type}`;
}
